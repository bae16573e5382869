/** A pretended payment provider: it declines the first attempts, then takes the money. */
export async function charge(orderId: string, cents: number, attempt: number, declines: number): Promise<string> {
  await scheduler.wait(50);
  if (attempt <= declines) {
    throw new Error(`card declined (attempt ${attempt}), ${cents} cents`);
  }
  return `payment-${orderId.slice(0, 8)}`;
}

export async function refund(payment: string): Promise<void> {
  await scheduler.wait(20);
  console.log(`refunded ${payment}`);
}
