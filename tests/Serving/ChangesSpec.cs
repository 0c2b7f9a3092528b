using System.Net;

namespace ActorStreams.Serving.Tests;

/// <summary>Server-sent events: a snapshot, then whole epochs, from where a client left off.</summary>
public sealed class ChangesSpec
{
    private const string Changes = "jobs/shop/views/revenue-by-region/changes";

    [Fact]
    public async Task All_rows_come_first_then_what_each_epoch_changes()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("north", 10), ("south", 5));
        await using EventLines lines = await EventLines.OpenAsync(shop.Client, Changes);
        (string[] snapshot, long epoch) = await lines.EpochAsync();
        Assert.Equal(["snapshot north 1 10", "snapshot south 1 5"], snapshot.Order(StringComparer.Ordinal));

        await shop.SellAsync(("north", 20));
        (string[] changes, long next) = await lines.EpochAsync();
        Assert.Equal(["update_before north 1 10", "update_after north 2 30"], changes);
        Assert.True(next > epoch);
        await shop.SellAsync(("east", 1));
        Assert.Equal(["insert east 1 1"], (await lines.EpochAsync()).Events);
    }

    [Fact]
    public async Task An_empty_view_tells_its_epoch()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await using EventLines lines = await EventLines.OpenAsync(shop.Client, Changes);
        Assert.Empty((await lines.EpochAsync()).Events);
        await shop.SellAsync(("north", 10));
        Assert.Equal(["insert north 1 10"], (await lines.EpochAsync()).Events);
    }

    [Fact]
    public async Task Who_comes_back_with_the_last_id_misses_nothing_and_is_told_nothing_twice()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("north", 10));
        long seen;
        await using (EventLines first = await EventLines.OpenAsync(shop.Client, Changes))
            seen = (await first.EpochAsync()).Epoch;
        await shop.SellAsync(("north", 20));
        await shop.SellAsync(("south", 1));

        await using EventLines again = await EventLines.OpenAsync(shop.Client, Changes, $"{seen}");
        Assert.Equal(["update_before north 1 10", "update_after north 2 30"], (await again.EpochAsync()).Events);
        (string[] last, long now) = await again.EpochAsync();
        Assert.Equal(["insert south 1 1"], last);

        await using EventLines nothingNew = await EventLines.OpenAsync(shop.Client, $"{Changes}?since={now}");
        (string[] none, long still) = await nothingNew.EpochAsync();
        Assert.Empty(none);
        Assert.Equal(now, still);
    }

    [Fact]
    public async Task Resumed_again_and_again_over_lives_of_the_server_each_change_is_seen_once_in_order()
    {
        Store store = Store.InMemory();
        ServedShop shop = await ServedShop.StartAsync(store: store);
        int port = shop.Address.Port;
        decimal total = 0;
        string? seen = null;
        for (int sale = 1; sale <= 40; sale++)
        {
            await shop.SellAsync(("north", sale));
            if (sale % 10 == 0)
            {
                await shop.DisposeAsync();              // as a crash: no last epoch
                shop = await ServedShop.StartAsync(store: store, port: port);
            }

            await using EventLines lines = await EventLines.OpenAsync(shop.Client, Changes, seen);
            while (total < sale * (sale + 1) / 2m)
            {
                (string[] events, long epoch) = await lines.EpochAsync();
                foreach (string change in events.Where(static change => !change.StartsWith("update_before", StringComparison.Ordinal)))
                {
                    decimal now = decimal.Parse(change.Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture);
                    Assert.Equal(total + sale, now);
                    total = now;
                }

                seen = $"{epoch}";
            }
        }

        await shop.DisposeAsync();
    }

    [Fact]
    public async Task A_key_a_range_or_some_columns_may_be_asked_for()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("east", 1), ("north", 2), ("south", 3), ("west", 4));
        await using EventLines key = await EventLines.OpenAsync(shop.Client, $"{Changes}?key=north");
        Assert.Equal(["snapshot north 1 2"], (await key.EpochAsync()).Events);
        await using EventLines range = await EventLines.OpenAsync(shop.Client, $"{Changes}?from=north&to=south");
        Assert.Equal(2, (await range.EpochAsync()).Events.Length);
        await using EventLines column = await EventLines.OpenAsync(shop.Client, $"{Changes}?key=north&columns=total");
        EventLines.Event one = (await column.NextAsync())!.Value;
        Assert.Equal("""{"total":2}""", one.Data.GetProperty("row").GetRawText());
    }

    [Fact]
    public async Task Rows_may_be_asked_for_by_conditions_and_one_that_comes_to_hold_is_new()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("east", 1), ("north", 20));
        await using EventLines lines = await EventLines.OpenAsync(shop.Client, $"{Changes}?where=total:gt:5&where=count:le:2");
        Assert.Equal(["snapshot north 1 20"], (await lines.EpochAsync()).Events);
        await shop.SellAsync(("east", 9));
        Assert.Equal(["insert east 2 10"], (await lines.EpochAsync()).Events);
        await shop.SellAsync(("east", 1));
        Assert.Equal(["delete east 2 10"], (await lines.EpochAsync()).Events);
    }

    [Theory]
    [InlineData("total", "column:operator:value")]
    [InlineData("total:like:5", "with an operator of eq")]
    [InlineData("total:gt:much", "no Decimal")]
    [InlineData("colour:eq:red", "There are: count, total")]
    public async Task A_condition_that_is_none_is_refused(string where, string expected)
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        using HttpResponseMessage answer = await shop.Client.GetAsync(new Uri($"{Changes}?where={where}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_line_ends_with_the_job()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await using EventLines lines = await EventLines.OpenAsync(shop.Client, Changes);
        await lines.EpochAsync();
        await shop.Job.StopAsync();
        EventLines.Event? end;
        do
        {
            end = await lines.NextAsync();
        }
        while (end is { Kind: "progress" });
        Assert.Equal("end", end?.Kind);
        Assert.Null(await lines.NextAsync());
    }

    [Theory]
    [InlineData("since=7000", HttpStatusCode.Conflict, "has not reached|is at epoch")]
    [InlineData("since=yesterday", HttpStatusCode.BadRequest, "must be an epoch")]
    [InlineData("since=-1", HttpStatusCode.BadRequest, "must be an epoch")]
    [InlineData("colour=red", HttpStatusCode.BadRequest, "is none of")]
    public async Task What_cannot_be_gone_on_from_is_refused(string query, HttpStatusCode expected, string text)
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("north", 1));
        using HttpResponseMessage answer = await shop.Client.GetAsync(new Uri($"{Changes}?{query}", UriKind.Relative));
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Matches(text, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_epoch_that_is_not_retained_any_more_is_gone()
    {
        Store store = Store.InMemory();
        await using (ServedShop before = await ServedShop.StartAsync(store: store, retain: 10))
        {
            for (int sale = 0; sale < 15; sale++)
                await before.SellAsync(("north", 1));
        }

        await using ServedShop shop = await ServedShop.StartAsync(store: store, retain: 10);
        await shop.SellAsync(("north", 1));
        using HttpResponseMessage answer = await shop.Client.GetAsync(new Uri($"{Changes}?since=1", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Contains("all rows", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_clients_than_may_follow_are_refused_until_one_leaves()
    {
        await using ServedShop shop = await ServedShop.StartAsync(new ServingOptions { MaxSubscribers = 1 });
        await using (EventLines lines = await EventLines.OpenAsync(shop.Client, Changes))
        {
            await lines.EpochAsync();
            using HttpResponseMessage answer = await shop.Client.GetAsync(new Uri(Changes, UriKind.Relative));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
    }
}
