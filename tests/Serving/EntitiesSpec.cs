using System.Net;
using System.Text;
using System.Text.Json;

namespace ActorStreams.Serving.Tests;

/// <summary>Entities by request: a command is answered by what was decided, when it is durable; a state is read now or as of an
/// epoch.</summary>
public sealed class EntitiesSpec
{
    private const string North = "jobs/shop/entities/tills/north";

    [Fact]
    public async Task A_command_is_answered_by_its_events_and_a_read_shows_them()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        JsonElement first = await CommandAsync(shop, North, """{"region":"north","amount":10}""");
        Assert.Equal("""[{"amount":10}]""", first.GetProperty("events").GetRawText());
        long epoch = first.GetProperty("epoch").GetInt64();
        Assert.True(epoch <= shop.Job.Epoch);
        await CommandAsync(shop, North, """{"region":"north","amount":5}""");
        Assert.Equal("""{"key":"north","state":{"sum":15}}""", await shop.Client.GetStringAsync(new Uri(North, UriKind.Relative)));
        Assert.Equal($$$"""{"key":"north","epoch":{{{epoch}}},"state":{"sum":10}}""",
            await shop.Client.GetStringAsync(new Uri($"{North}?asOf={epoch}", UriKind.Relative)));
    }

    [Fact]
    public async Task An_entity_may_decide_nothing()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        JsonElement none = await CommandAsync(shop, North, """{"region":"north","amount":-1}""");
        Assert.Equal(0, none.GetProperty("events").GetArrayLength());
        Assert.Equal("""{"key":"north","state":{"sum":0}}""", await shop.Client.GetStringAsync(new Uri(North, UriKind.Relative)));
    }

    [Fact]
    public async Task Over_a_socket_it_is_the_same()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await using SocketClientText client = await SocketClientText.OpenAsync(shop);
        const string Tills = "\"job\":\"shop\",\"operator\":\"tills\",\"key\":\"north\"";
        await client.SendAsync($$$"""{"type":"command","id":"c",{{{Tills}}},"command":{"region":"north","amount":10}}""");
        JsonElement answer = (await client.NextAsync())!.Value.GetProperty("answer");
        Assert.Equal("""[{"amount":10}]""", answer.GetProperty("events").GetRawText());
        await client.SendAsync($$"""{"type":"state","id":"s",{{Tills}}}""");
        Assert.Equal("""{"key":"north","state":{"sum":10}}""", (await client.NextAsync())!.Value.GetProperty("answer").GetRawText());
    }

    [Theory]
    [InlineData(North, """{"region":"south","amount":1}""", "application/json", HttpStatusCode.ServiceUnavailable, "its key is 'south'")]
    [InlineData(North, """{"region":"north","amount":"much"}""", "application/json", HttpStatusCode.BadRequest, "no Sale")]
    [InlineData(North, """[{"region":"north"},{"region":"north"}]""", "application/json", HttpStatusCode.BadRequest, "more than one")]
    [InlineData(North, "region=north", "text/plain", HttpStatusCode.BadRequest, "content type")]
    [InlineData("jobs/shop/entities/revenue/north", "{}", "application/json", HttpStatusCode.NotFound, "There are: tills.")]
    public async Task A_command_that_is_none_does_nothing(string path, string body, string type, HttpStatusCode expected, string text)
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, type);
        using HttpResponseMessage answer = await shop.Client.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.Contains(text, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(expected, answer.StatusCode);
    }

    private static async Task<JsonElement> CommandAsync(ServedShop shop, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await shop.Client.PostAsync(new Uri(path, UriKind.Relative), content);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
