using System.Net.WebSockets;
using System.Text.Json;

namespace ActorStreams.Serving.Tests;

/// <summary>One WebSocket: subscriptions as far as credit is given, rows told, commands; what is wrong is refused.</summary>
public sealed class SocketSpec
{
    private const string View = "\"job\":\"shop\",\"view\":\"revenue-by-region\"";

    [Fact]
    public async Task Nothing_is_sent_beyond_the_credit_and_nothing_is_left_out()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("east", 1), ("north", 2), ("south", 3));
        await using SocketClientText client = await SocketClientText.OpenAsync(shop);
        await client.SendAsync($$"""{"type":"subscribe","id":"a",{{View}},"credit":2}""");
        string[] two = await client.EventsAsync();
        Assert.Equal(2, two.Length);

        // An answer to something else comes, and no event before it: two were all there was credit for.
        await client.SendAsync("""{"type":"tell","id":"b","job":"shop","source":"sales","rows":[{"region":"west","amount":9}]}""");
        JsonElement told = (await client.NextAsync())!.Value;
        Assert.Equal("answer", told.GetProperty("type").GetString());
        Assert.Equal(1, told.GetProperty("answer").GetProperty("rows").GetInt32());

        await client.SendAsync("""{"type":"credit","id":"a","events":100}""");
        string[] rest = await client.EventsAsync();
        Assert.Equal(["progress"], rest.Skip(1));
        Assert.Equal(["snapshot east 1 1", "snapshot north 1 2", "snapshot south 1 3"], two.Append(rest[0]).Order(StringComparer.Ordinal));
        Assert.Equal(["insert west 1 9", "progress"], await client.EventsAsync());
    }

    [Fact]
    public async Task Two_subscriptions_share_a_line_and_each_goes_on_after_its_epoch()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("north", 1));
        long seen = shop.Job.Epoch;
        await shop.SellAsync(("north", 2));
        await using SocketClientText client = await SocketClientText.OpenAsync(shop);
        await client.SendAsync($$"""{"type":"subscribe","id":"old",{{View}},"since":{{seen}},"credit":100}""");
        Assert.Equal(["update_before north 1 1", "update_after north 2 3", "progress"], await client.EventsAsync());
        await client.SendAsync($$"""{"type":"subscribe","id":"big",{{View}},"where":["total:ge:3"],"credit":100}""");
        Assert.Equal(["snapshot north 2 3", "progress"], await client.EventsAsync());
        await client.SendAsync("""{"type":"unsubscribe","id":"old"}""");
    }

    [Fact]
    public async Task A_client_that_gives_no_credit_is_told_where_to_go_on_when_too_much_waits()
    {
        await using ServedShop shop = await ServedShop.StartAsync(new ServingOptions { ClientBudgetBytes = 1_000 });
        await shop.SellAsync(("north", 1));
        await using SocketClientText client = await SocketClientText.OpenAsync(shop);
        await client.SendAsync($$"""{"type":"subscribe","id":"a",{{View}},"credit":2}""");
        JsonElement all = (await client.NextAsync())!.Value.GetProperty("events");
        Assert.Equal(["snapshot north 1 1", "progress"], all.EnumerateArray().Select(SocketClientText.TextOf));
        long seen = all[1].GetProperty("epoch").GetInt64();
        Task<JsonElement?> next = client.NextAsync();
        for (int sale = 0; sale < 100 && !next.IsCompleted; sale++)
            await shop.SellAsync(("north", 1));

        JsonElement told = (await next)!.Value.GetProperty("events")[0];
        Assert.Equal("error", told.GetProperty("kind").GetString());
        Assert.Equal(seen, told.GetProperty("epoch").GetInt64());
        Assert.Contains("1000 are kept", told.GetProperty("error").GetString(), StringComparison.Ordinal);
        await client.SendAsync($$"""{"type":"subscribe","id":"a",{{View}},"since":{{seen}},"credit":1}""");
        Assert.Equal(["update_before north 1 1"], await client.EventsAsync());
    }

    [Theory]
    [InlineData("""{"type":"subscribe","id":"x","job":"shop","view":"none"}""", 404, "revenue-by-region")]
    [InlineData("""{"type":"subscribe","id":"x","job":"shop","view":"revenue-by-region","since":7000}""", 409, "7000")]
    [InlineData("""{"type":"subscribe","id":"x","job":"shop","view":"revenue-by-region","where":["colour:eq:red"]}""", 400, "count, total")]
    [InlineData("""{"type":"subscribe","id":"x","job":"shop","view":"revenue-by-region","credit":-1}""", 400, "not negative")]
    [InlineData("""{"type":"tell","id":"x","job":"shop","source":"sales","rows":[7]}""", 400, "Row 1 of 1")]
    [InlineData("""{"type":"dance","id":"x"}""", 400, "There are: subscribe")]
    public async Task What_cannot_be_done_is_refused_and_the_line_stands(string message, int status, string text)
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await using SocketClientText client = await SocketClientText.OpenAsync(shop);
        await client.SendAsync(message);
        JsonElement refused = (await client.NextAsync())!.Value;
        Assert.Equal("refused", refused.GetProperty("type").GetString());
        Assert.Equal("x", refused.GetProperty("id").GetString());
        Assert.Equal(status, refused.GetProperty("status").GetInt32());
        Assert.Contains(text, refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await client.SendAsync("""{"type":"tell","id":"b","job":"shop","source":"sales","rows":{"region":"west","amount":9}}""");
        Assert.Equal("answer", (await client.NextAsync())!.Value.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("nonsense", WebSocketCloseStatus.InvalidPayloadData)]
    [InlineData("[1]", WebSocketCloseStatus.InvalidPayloadData)]
    [InlineData(null, WebSocketCloseStatus.MessageTooBig)]
    public async Task A_message_that_is_none_closes_the_line(string? message, WebSocketCloseStatus expected)
    {
        await using ServedShop shop = await ServedShop.StartAsync(new ServingOptions { MaxMessageBytes = 10_000 });
        await using SocketClientText client = await SocketClientText.OpenAsync(shop);
        await client.SendAsync(message ?? new string(' ', 20_000));
        Assert.Null(await client.NextAsync());
        Assert.Equal(expected, client.Closed.Status);
    }

    [Fact]
    public async Task A_page_of_another_site_opens_no_line()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => SocketClientText.OpenAsync(shop, ("Origin", "http://elsewhere.example")));
        await using SocketClientText own = await SocketClientText.OpenAsync(shop, ("Origin", $"http://127.0.0.1:{shop.Address.Port}"));
    }

    [Fact]
    public async Task A_line_has_no_more_subscriptions_than_it_may()
    {
        await using ServedShop shop = await ServedShop.StartAsync(new ServingOptions { MaxPerConnection = 1 });
        await using SocketClientText client = await SocketClientText.OpenAsync(shop);
        await client.SendAsync($$"""{"type":"subscribe","id":"a",{{View}},"credit":9}""");
        Assert.Equal(["progress"], await client.EventsAsync());
        await client.SendAsync($$"""{"type":"subscribe","id":"b",{{View}},"credit":9}""");
        Assert.Equal(503, (await client.NextAsync())!.Value.GetProperty("status").GetInt32());
    }
}
