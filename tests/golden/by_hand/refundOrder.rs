let row = orders::find(&self.pool, request.order_id)
    .await?
    .ok_or_else(|| ApiError::not_found("order"))?;
Ok(RefundOrderResponse::Accepted(order_of(row)))
