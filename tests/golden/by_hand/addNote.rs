books::find(&self.pool, request.book_id)
    .await?
    .ok_or_else(|| ApiError::not_found("book"))?;
Ok(AddNoteResponse::Created(request.body))
