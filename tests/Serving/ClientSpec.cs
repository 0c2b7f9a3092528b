using System.Net;

namespace ActorStreams.Serving.Tests;

/// <summary>The client of .NET: reads, rows told, commands; what the server refuses is an exception that says why.</summary>
public sealed class ClientSpec
{
    [Fact]
    public async Task Rows_are_told_and_read_page_by_page_and_by_conditions()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        var client = new StreamsClient(shop.Client);
        await client.TellAsync("shop", "sales", [new ServedShop.Sale("east & west", 1), new ServedShop.Sale("north", 2)]);
        ViewRows<string, ServedShop.Revenue> first = await client.ReadAsync<string, ServedShop.Revenue>(
            "shop", "revenue-by-region", new ViewFilter { Limit = 1 });
        Assert.Equal([KeyValuePair.Create("east & west", new ServedShop.Revenue(1, 1))], first.Rows);
        Assert.True(first.HasMore);
        ViewRows<string, ServedShop.Revenue> rest = await client.ReadAsync<string, ServedShop.Revenue>(
            "shop", "revenue-by-region", new ViewFilter { After = "east & west", Where = ["total:ge:2", "count:lt:9"] });
        Assert.Equal([KeyValuePair.Create("north", new ServedShop.Revenue(1, 2))], rest.Rows);
        Assert.False(rest.HasMore);
    }

    [Fact]
    public async Task An_entity_takes_commands_and_shows_its_state()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        var client = new StreamsClient(shop.Client);
        (long epoch, IReadOnlyList<ServedShop.Taken> events) = await client.CommandAsync<ServedShop.Sale, ServedShop.Taken>(
            "shop", "tills", "north", new ServedShop.Sale("north", 7));
        Assert.Equal([new ServedShop.Taken(7)], events);
        Assert.True(epoch > 0);
        Assert.Equal(new ServedShop.Till(7), await client.StateAsync<ServedShop.Till>("shop", "tills", "north"));
    }

    [Fact]
    public async Task What_is_refused_says_why()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        var client = new StreamsClient(shop.Client);
        StreamsClientException error = await Assert.ThrowsAsync<StreamsClientException>(
            () => client.ReadAsync<string, ServedShop.Revenue>("shop", "revenue"));
        Assert.Equal(HttpStatusCode.NotFound, error.Status);
        Assert.Contains("There are: revenue-by-region.", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StreamsClientException>(async () =>
        {
            await foreach (ViewEpoch<string, ServedShop.Revenue> unexpected in client.FollowAsync<string, ServedShop.Revenue>(
                "shop", "revenue-by-region", after: 7_000))
                Assert.Fail($"{unexpected}");
        });
    }

    [Fact]
    public async Task It_ends_with_the_job()
    {
        await using ServedShop shop = await ServedShop.StartAsync();
        await shop.SellAsync(("north", 1));
        var client = new StreamsClient(shop.Client);
        var epochs = new List<ViewEpoch<string, ServedShop.Revenue>>();
        await foreach (ViewEpoch<string, ServedShop.Revenue> epoch in
            client.FollowAsync<string, ServedShop.Revenue>("shop", "revenue-by-region"))
        {
            epochs.Add(epoch);
            if (epochs.Count == 1)
                await shop.Job.StopAsync();
        }

        Assert.True(epochs[0].IsSnapshot);
        Assert.Equal("north", Assert.Single(epochs[0].Changes).Key);
        Assert.All(epochs.Skip(1), static epoch => Assert.Empty(epoch.Changes));
    }

    [Fact]
    public void Waits_grow_up_to_a_bound()
    {
        var options = new StreamsClientOptions();
        Assert.Equal([100, 200, 400, 10_000, 10_000],
            ((int[])[1, 2, 3, 20, int.MaxValue]).Select(failures => options.DelayAfter(failures).TotalMilliseconds));
    }
}
