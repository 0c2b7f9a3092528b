using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using ShopService;

namespace ActorStreams.Architecture.Tests.Examples;

public sealed class ShopServiceSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Orders_are_taken_while_credit_covers_them_and_accounts_are_there_after_the_next_start()
    {
        await ServeAsync(async http =>
        {
            Assert.Equal(HttpStatusCode.OK, await OrderAsync(http, new Order("1", "ann", 6000)));
            Assert.Equal(HttpStatusCode.Conflict, await OrderAsync(http, new Order("2", "ann", 5000)));
            Assert.Equal(HttpStatusCode.OK, await OrderAsync(http, new Order("3", "bob", 10000)));
            Assert.Equal(HttpStatusCode.OK, await OrderAsync(http, new Order("4", "ann", 4000)));
            Assert.Equal(HttpStatusCode.OK, await OrderAsync(http, new Order("4", "ann", 4000)));   // sent again: known
            Assert.Equal(new Account(10_000, 2, "4"), await http.GetFromJsonAsync<Account>("/accounts/ann"));
            Assert.Equal("Healthy", await http.GetStringAsync("/health"));
        });

        await ServeAsync(async http =>
        {
            Assert.Equal(new Account(10_000, 1, "3"), await http.GetFromJsonAsync<Account>("/accounts/bob"));
            Assert.Equal(new Account(10_000, 2, "4"), await http.GetFromJsonAsync<Account>("/accounts/ann"));
            Assert.Equal(new Account(0, 0, null), await http.GetFromJsonAsync<Account>("/accounts/nobody"));
            Assert.Equal(HttpStatusCode.Conflict, await OrderAsync(http, new Order("5", "bob", 100)));
        });
    }

    [Fact]
    public async Task A_payment_makes_room_for_the_next_order()
    {
        await ServeAsync(async http =>
        {
            Assert.Equal(HttpStatusCode.OK, await OrderAsync(http, new Order("1", "ann", 10_000)));
            Assert.Equal(HttpStatusCode.Conflict, await OrderAsync(http, new Order("2", "ann", 1)));
            using HttpResponseMessage paid = await http.PostAsJsonAsync("/payments", new Payment("p1", "ann", 5000));
            Assert.Equal(HttpStatusCode.OK, paid.StatusCode);
            Assert.Equal(HttpStatusCode.OK, await OrderAsync(http, new Order("2", "ann", 5000)));
            Assert.Equal(new Account(10_000, 2, "2"), await http.GetFromJsonAsync<Account>("/accounts/ann"));
        });
    }

    private async Task ServeAsync(Func<HttpClient, Task> visit)
    {
        await using WebApplication app = ShopServer.Build(
            ["--urls", "http://127.0.0.1:0", "--Shop:File", Path.Combine(_folder, "shop.db")]);
        await app.StartAsync();
        using (var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) })
            await visit(http);
        await app.StopAsync();
    }

    private static async Task<HttpStatusCode> OrderAsync(HttpClient http, Order order)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync("/orders", order);
        return answer.StatusCode;
    }
}
