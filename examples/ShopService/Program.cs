using ShopService;

// dotnet run -c Release --project examples/ShopService -- --urls http://127.0.0.1:5080
// curl -d '{"id":"1","customer":"ann","cents":6000}' -H 'content-type: application/json' http://127.0.0.1:5080/orders
// curl -d '{"id":"2","customer":"ann","cents":6000}' -H 'content-type: application/json' http://127.0.0.1:5080/payments
// curl http://127.0.0.1:5080/accounts/ann
await ShopServer.Build(args).RunAsync();
