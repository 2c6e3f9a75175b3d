Ok(SendHintResponse::Ok(format!("{:?}", request.body)))
