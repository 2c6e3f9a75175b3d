//! The operations of `orders`.

use crate::api::error::ApiError;
use crate::api::traits::OrdersApi;
use crate::api::traits::{
    CreateOrderRequest, CreateOrderResponse, DeleteOrderRequest, DeleteOrderResponse,
    GetOrderRequest, GetOrderResponse, ListOrdersRequest, ListOrdersResponse, RefundOrderRequest,
    RefundOrderResponse, UpdateOrderRequest, UpdateOrderResponse,
};
use crate::api::types::Order;
use crate::data::Constraints;
use crate::data::orders;
use crate::data::orders::OrderRow;
use crate::service::Service;
use axum::http::StatusCode;

const CREATE_ORDER: Constraints = Constraints {
    unique: &[],
    references: &[("customer_id", "customerId")],
    taken: StatusCode::CONFLICT,
    dangling: StatusCode::CONFLICT,
};

const UPDATE_ORDER: Constraints = Constraints {
    unique: &[],
    references: &[("customer_id", "customerId")],
    taken: StatusCode::UNPROCESSABLE_ENTITY,
    dangling: StatusCode::UNPROCESSABLE_ENTITY,
};

impl OrdersApi for Service {
    async fn list_orders(
        &self,
        request: ListOrdersRequest,
    ) -> Result<ListOrdersResponse, ApiError> {
        let filter = orders::OrderFilter {
            customer_id: request.customer_id,
            status: request.status,
            limit: Some(request.limit),
            offset: request.offset,
        };
        let rows = orders::list(&self.pool, &filter).await?;
        let items = rows.into_iter().map(order_of).collect();
        Ok(ListOrdersResponse::Ok(items))
    }

    async fn create_order(
        &self,
        request: CreateOrderRequest,
    ) -> Result<CreateOrderResponse, ApiError> {
        let body = request.body;
        let values = orders::OrderValues {
            customer_id: body.customer_id,
            status: body.status,
            total_cents: body.total_cents,
            note: body.note.flatten(),
        };
        let row = orders::insert(&self.pool, values)
            .await
            .map_err(|error| CREATE_ORDER.explain(error))?;
        Ok(CreateOrderResponse::Created {
            location: Some(format!("/orders/{}", row.id)),
            body: order_of(row),
        })
    }

    async fn get_order(&self, request: GetOrderRequest) -> Result<GetOrderResponse, ApiError> {
        let row = orders::find(&self.pool, request.order_id)
            .await?
            .ok_or_else(|| ApiError::not_found("order"))?;
        Ok(GetOrderResponse::Ok(order_of(row)))
    }

    async fn delete_order(
        &self,
        request: DeleteOrderRequest,
    ) -> Result<DeleteOrderResponse, ApiError> {
        let deleted = match orders::delete(&self.pool, request.order_id).await {
            Err(sqlx::Error::Database(refusal)) if refusal.is_foreign_key_violation() => {
                let message = "something still refers to this order";
                return Err(ApiError::new(StatusCode::NOT_FOUND, "conflict", message));
            }
            deleted => deleted?,
        };
        if deleted {
            Ok(DeleteOrderResponse::NoContent)
        } else {
            Err(ApiError::not_found("order"))
        }
    }

    async fn update_order(
        &self,
        request: UpdateOrderRequest,
    ) -> Result<UpdateOrderResponse, ApiError> {
        let body = request.body;
        let values = orders::OrderTableChanges {
            status: body.status,
            total_cents: body.total_cents,
            note: body.note,
        };
        let row = orders::update(&self.pool, request.order_id, values)
            .await
            .map_err(|error| UPDATE_ORDER.explain(error))?
            .ok_or_else(|| ApiError::not_found("order"))?;
        Ok(UpdateOrderResponse::Ok(order_of(row)))
    }

    async fn refund_order(
        &self,
        request: RefundOrderRequest,
    ) -> Result<RefundOrderResponse, ApiError> {
        let row = orders::find(&self.pool, request.order_id)
            .await?
            .ok_or_else(|| ApiError::not_found("order"))?;
        Ok(RefundOrderResponse::Accepted(order_of(row)))
    }
}

fn order_of(row: OrderRow) -> Order {
    Order {
        id: row.id,
        customer_id: row.customer_id,
        status: row.status,
        total_cents: row.total_cents,
        note: Some(row.note),
        created_at: row.created_at,
    }
}
