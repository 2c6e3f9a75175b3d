//! The operations of `customers`.

use crate::api::error::ApiError;
use crate::api::traits::CustomersApi;
use crate::api::traits::{
    CreateCustomerRequest, CreateCustomerResponse, DeleteCustomerRequest, DeleteCustomerResponse,
    GetCustomerRequest, GetCustomerResponse, ListCustomersRequest, ListCustomersResponse,
    ReplaceCustomerRequest, ReplaceCustomerResponse,
};
use crate::api::types::Customer;
use crate::data::Constraints;
use crate::data::customers;
use crate::data::customers::CustomerRow;
use crate::service::Service;
use axum::http::StatusCode;

const CREATE_CUSTOMER: Constraints = Constraints {
    unique: &[("email", "email")],
    references: &[],
    taken: StatusCode::CONFLICT,
    dangling: StatusCode::CONFLICT,
};

const REPLACE_CUSTOMER: Constraints = Constraints {
    unique: &[("email", "email")],
    references: &[],
    taken: StatusCode::CONFLICT,
    dangling: StatusCode::CONFLICT,
};

impl CustomersApi for Service {
    async fn list_customers(
        &self,
        request: ListCustomersRequest,
    ) -> Result<ListCustomersResponse, ApiError> {
        let filter = customers::CustomerFilter {
            email: request.email,
            limit: Some(request.limit),
            offset: request.offset,
        };
        let rows = customers::list(&self.pool, &filter).await?;
        let items = rows.into_iter().map(customer_of).collect();
        Ok(ListCustomersResponse::Ok(items))
    }

    async fn create_customer(
        &self,
        request: CreateCustomerRequest,
    ) -> Result<CreateCustomerResponse, ApiError> {
        let body = request.body;
        let values = customers::CustomerValues {
            name: body.name,
            email: body.email,
        };
        let row = customers::insert(&self.pool, values)
            .await
            .map_err(|error| CREATE_CUSTOMER.explain(error))?;
        Ok(CreateCustomerResponse::Created {
            location: Some(format!("/customers/{}", row.id)),
            body: customer_of(row),
        })
    }

    async fn get_customer(
        &self,
        request: GetCustomerRequest,
    ) -> Result<GetCustomerResponse, ApiError> {
        let row = customers::find(&self.pool, request.customer_id)
            .await?
            .ok_or_else(|| ApiError::not_found("customer"))?;
        Ok(GetCustomerResponse::Ok(customer_of(row)))
    }

    async fn replace_customer(
        &self,
        request: ReplaceCustomerRequest,
    ) -> Result<ReplaceCustomerResponse, ApiError> {
        let body = request.body;
        let values = customers::CustomerValues {
            name: body.name,
            email: body.email,
        };
        let row = customers::replace(&self.pool, request.customer_id, values)
            .await
            .map_err(|error| REPLACE_CUSTOMER.explain(error))?
            .ok_or_else(|| ApiError::not_found("customer"))?;
        Ok(ReplaceCustomerResponse::Ok(customer_of(row)))
    }

    async fn delete_customer(
        &self,
        request: DeleteCustomerRequest,
    ) -> Result<DeleteCustomerResponse, ApiError> {
        let deleted = match customers::delete(&self.pool, request.customer_id).await {
            Err(sqlx::Error::Database(refusal)) if refusal.is_foreign_key_violation() => {
                let message = "something still refers to this customer";
                return Err(ApiError::new(StatusCode::CONFLICT, "conflict", message));
            }
            deleted => deleted?,
        };
        if deleted {
            Ok(DeleteCustomerResponse::NoContent)
        } else {
            Err(ApiError::not_found("customer"))
        }
    }
}

fn customer_of(row: CustomerRow) -> Customer {
    Customer {
        id: row.id,
        name: row.name,
        email: row.email,
        created_at: row.created_at,
    }
}
