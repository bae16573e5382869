export interface Order {
  item: string;
  quantity: number;
  /** In cents. */
  price: number;
  email: string;
}

export interface Approval {
  approved: boolean;
  by: string;
}

export interface Receipt {
  payment: string;
  tracking: string;
  total: number;
}

declare global {
  interface Env {
    ORDERS: Workflow<Order>;
    DECLINES: string;
  }
}
