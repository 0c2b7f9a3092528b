using System.Net;
using System.Text;
using System.Text.Json;

namespace ActorStreams.Serving.Tests;

/// <summary>Views are read by key, range, page and epoch; rows are told and answered when durable; what is wrong is said.</summary>
public sealed class ReadsAndRowsSpec
{
    private const string View = "jobs/shop/views/revenue-by-region", Told = "jobs/shop/ingresses/sales";

    [Fact]
    public async Task Rows_that_are_told_are_durable_when_answered_and_seen_by_the_next_read()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        Assert.Equal("""{"rows":1}""", await PostAsync(shop, """{"region":"north","amount":10}""", "application/json"));
        Assert.Equal("""{"rows":2}""",
            await PostAsync(shop, """[{"region":"north","amount":5},{"region":"south","amount":1}]""", "application/json"));
        Assert.Equal("""{"rows":2}""",
            await PostAsync(shop, "{\"region\":\"west\",\"amount\":7}\n\n{\"region\":\"west\",\"amount\":8}\n", "application/x-ndjson"));
        JsonElement all = await GetAsync(shop, View);
        Assert.Equal(["north 2 15", "south 1 1", "west 2 15"], RowsOf(all));
        Assert.Equal(shop.Job.Epoch, all.GetProperty("epoch").GetInt64());
    }

    [Fact]
    public async Task By_key_by_range_page_by_page_and_as_of_an_epoch()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("east", 1), ("north", 2), ("south", 3), ("west", 4));
        long epoch = shop.Job.Epoch;
        await shop.SellAsync(("north", 40));

        Assert.Equal(["north 2 42"], RowsOf(await GetAsync(shop, $"{View}?key=north")));
        Assert.Empty(RowsOf(await GetAsync(shop, $"{View}?key=nowhere")));
        Assert.Equal(["north 2 42", "south 1 3"], RowsOf(await GetAsync(shop, $"{View}?from=f&to=south")));
        JsonElement page = await GetAsync(shop, $"{View}?limit=3");
        Assert.Equal(["east 1 1", "north 2 42", "south 1 3"], RowsOf(page));
        JsonElement rest = await GetAsync(shop, $"{View}?limit=3&after={page.GetProperty("next").GetString()}");
        Assert.Equal(["west 1 4"], RowsOf(rest));
        Assert.False(rest.TryGetProperty("next", out _));
        Assert.Equal(["north 1 2"], RowsOf(await GetAsync(shop, $"{View}?key=north&asOf={epoch}")));
    }

    [Theory]
    [InlineData("""{"region":"north","amount":"much"}""", "application/json", "Row 1 of 1 is no Sale")]
    [InlineData("""[{"region":"north","amount":1},7]""", "application/json", "Row 2 of 2 is no Sale")]
    [InlineData("""{"region":""", "application/json", "no JSON")]
    [InlineData("{}\nnonsense\n", "application/x-ndjson", "Line 2 is no JSON")]
    [InlineData("region=north", "application/x-www-form-urlencoded", "content type")]
    public async Task Of_a_request_with_a_wrong_row_nothing_is_told(string body, string type, string expected)
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, type);
        using HttpResponseMessage answer = await shop.Client.PostAsync(new Uri(Told, UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await shop.SellAsync(("west", 1));
        Assert.Equal(["west 1 1"], RowsOf(await GetAsync(shop, View)));
    }

    [Theory]
    [InlineData("jobs/shopp", HttpStatusCode.NotFound, "There are: shop.")]
    [InlineData("jobs/shop/views/revenue", HttpStatusCode.NotFound, "There are: revenue-by-region.")]
    [InlineData($"{View}?limit=0", HttpStatusCode.BadRequest, "must be 1 to")]
    [InlineData($"{View}?asOf=soon", HttpStatusCode.BadRequest, "an epoch or a time")]
    [InlineData($"{View}?asOf=777777", HttpStatusCode.Gone, "777777")]
    public async Task A_wrong_question_is_answered_by_what_there_is(string path, HttpStatusCode expected, string text)
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("north", 1));
        using HttpResponseMessage answer = await shop.Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(expected, answer.StatusCode);
        Assert.Contains(text, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_say_how_they_stand()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("north", 1), ("south", 2));
        JsonElement job = (await GetAsync(shop, "jobs")).EnumerateArray().Single();
        Assert.Equal("shop", job.GetProperty("name").GetString());
        Assert.Equal("running", job.GetProperty("state").GetString());
        Assert.Equal(2, job.GetProperty("rows").GetInt64());
        JsonElement all = await GetAsync(shop, "jobs/shop");
        Assert.Equal("revenue-by-region", all.GetProperty("views")[0].GetString());
        Assert.Equal("sales", all.GetProperty("ingresses")[0].GetString());
        Assert.Contains(all.GetProperty("operators").EnumerateArray(), static op => op.GetProperty("name").GetString() == "revenue");
        await shop.Job.StopAsync();
        Assert.Equal("completed", (await GetAsync(shop, "jobs")).EnumerateArray().Single().GetProperty("state").GetString());
    }

    [Fact]
    public async Task Another_name_for_this_machine_is_not_answered_unless_anybody_is()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await AsAsync(shop, "rebound.example"));
        Assert.Equal(HttpStatusCode.OK, await AsAsync(shop, "localhost"));
        await using ServedShop open = await ServedShop.StartAsync(new ServingOptions { AllowAnonymous = true });
        Assert.Equal(HttpStatusCode.OK, await AsAsync(open, "rebound.example"));

        static async Task<HttpStatusCode> AsAsync(ServedShop shop, string host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "jobs");
            request.Headers.Host = host;
            using HttpResponseMessage answer = await shop.Client.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_dashboard_needs_nothing_from_elsewhere()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        string page = await shop.Client.GetStringAsync(new Uri("", UriKind.Relative));
        Assert.StartsWith("<!doctype html>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("//cdn", page, StringComparison.Ordinal);
        Assert.DoesNotContain("innerHTML", page, StringComparison.Ordinal);
    }

    private static async Task<string> PostAsync(ServedShop shop, string body, string type)
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        using HttpResponseMessage answer = await shop.Client.PostAsync(new Uri(Told, UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<JsonElement> GetAsync(ServedShop shop, string path) =>
        JsonDocument.Parse(await shop.Client.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

    private static IEnumerable<string> RowsOf(JsonElement answer) => answer.GetProperty("rows").EnumerateArray().Select(static row =>
        $"{row.GetProperty("key")} {row.GetProperty("row").GetProperty("count")} {row.GetProperty("row").GetProperty("total")}");
}
