Ok(PrintLabelResponse::Ok(request.body))
