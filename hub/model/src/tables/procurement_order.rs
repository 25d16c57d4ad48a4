//! `procurement_order`: what was ordered on the platform, by whom, of whom.
//! Here because the reserve is a promise, the orders are its fulfilment (clause 8).
//! In: nothing. Out: the table's specification.
//! Not here: which household a sale helps; only supplier_beneficiary says that.

use super::{History, Table};

/// One row is one order.
pub(super) const TABLE: Table = Table {
    name: "procurement_order",
    row: "an order",
    history: History::EachPart,
    columns: columns! {
        order_no:         Text Required "订单编号";
        ordered_at:       Date Optional "下单时间, the day of it";
        buyer:            Text Optional "采购单位";
        buyer_uscc:       Text Optional "统一社会信用代码 of the buyer, valid or NULL";
        buyer_kind:       Text Optional "采购类型: 食堂, 工会, 个人";
        supplier:         Text Optional "供应商名称";
        supplier_uscc:    Text Optional "统一社会信用代码 of the supplier, valid or NULL";
        product:          Text Optional "商品名称";
        product_class:    Text Optional "分类";
        quantity_milli:   Int  Optional "数量, thousandths of the product's unit";
        unit_price_micro: Int  Optional "单价, millionths of a yuan";
        amount_fen:       Int  Optional "金额, fen";
        status:           Text Optional "订单状态: 待付, 待发, 已收, 完成, 退款";
        paid_on:          Date Optional "支付时间, the day of it";
        received_on:      Date Optional "验收时间, the day of it";
        refund_fen:       Int  Optional "退款金额, fen, ≥ 0";
    },
};
