using System.Globalization;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ActorStreams.Serving.Tests;

/// <summary>A client that leaves and comes back, again and again, over a server that is killed, sees each change once and in order, on
/// every transport. The short form: 20 returns and 3 kills; <c>ACTORSTREAMS_SUBSCRIPTIONS=200x20</c> for longer.</summary>
public sealed class ExactlyOnceSpec
{
    private const string Job = "shop", View = "revenue-by-region", Region = "north";

    /// <summary>Sales between two returns of the client, and how many of them it may lag.</summary>
    private const int Stay = 2, Lag = 3;

    private static readonly int[] s_size = [.. (Environment.GetEnvironmentVariable("ACTORSTREAMS_SUBSCRIPTIONS") ?? "20x3").Split('x')
        .Select(static number => int.Parse(number, CultureInfo.InvariantCulture))];

    /// <summary>What an epoch says of the one row: what it was, what it is; null: nothing.</summary>
    private readonly record struct Step(long Epoch, decimal? Before, decimal? After);

    [Fact]
    public async Task By_the_client_over_server_sent_events()
    {
        await using ShopLives lives = await ShopLives.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri((await lives.Current).Address, "/streams/") };
        var client = new StreamsClient(http, new StreamsClientOptions { FirstDelay = TimeSpan.FromMilliseconds(5) });
        await CheckAsync(lives, (after, left) => StepsAsync(client, after, left));

        static async IAsyncEnumerable<Step> StepsAsync(StreamsClient client, long? after, [EnumeratorCancellation] CancellationToken left)
        {
            await foreach (ViewEpoch<string, ServedShop.Revenue> epoch in client.FollowAsync<string, ServedShop.Revenue>(
                Job, View, new ViewFilter { Key = Region }, after, left))
            {
                Assert.Equal(after is null, epoch.IsSnapshot);
                after = epoch.Epoch;
                yield return new Step(epoch.Epoch, Only(epoch, ViewChangeKind.UpdateBefore),
                    Only(epoch, ViewChangeKind.UpdateAfter) ?? Only(epoch, ViewChangeKind.Insert) ?? Only(epoch, ViewChangeKind.Snapshot));
            }
        }

        static decimal? Only(ViewEpoch<string, ServedShop.Revenue> epoch, ViewChangeKind kind) =>
            epoch.Changes.Where(change => change.Kind == kind).Select(static change => (decimal?)change.Row.Total).SingleOrDefault();
    }

    [Fact]
    public async Task Over_a_WebSocket()
    {
        await using ShopLives lives = await ShopLives.StartAsync();
        await CheckAsync(lives, (after, left) => StepsAsync(lives, after, left));

        static async IAsyncEnumerable<Step> StepsAsync(ShopLives lives, long? after, [EnumeratorCancellation] CancellationToken left)
        {
            await using SocketClientText client = await SocketClientText.OpenAsync(await lives.Current);
            string since = after is { } epoch ? $",\"since\":{epoch}" : "";
            await client.SendAsync($$"""{"type":"subscribe","id":"a","job":"shop","view":"{{View}}","key":"{{Region}}","credit":1{{since}}}""");
            (decimal? before, decimal? now) = (null, null);
            while (await client.NextAsync() is { } message)
            {
                left.ThrowIfCancellationRequested();
                foreach (JsonElement told in message.GetProperty("events").EnumerateArray())
                {
                    string kind = told.GetProperty("kind").GetString()!;
                    if (kind == "progress")
                    {
                        yield return new Step(told.GetProperty("epoch").GetInt64(), before, now);
                        (before, now) = (null, null);
                    }
                    else if (kind == "update_before")
                    {
                        before = told.GetProperty("row").GetProperty("total").GetDecimal();
                    }
                    else if (kind == "error")
                    {
                        yield break;                    // the server dies: its next life is asked
                    }
                    else
                    {
                        Assert.True(kind is "insert" or "update_after" || (kind == "snapshot" && after is null), kind);
                        now = told.GetProperty("row").GetProperty("total").GetDecimal();
                    }
                }

                await client.SendAsync("""{"type":"credit","id":"a","events":1}""");
            }
        }
    }

    [Fact]
    public async Task By_the_module_for_JavaScript()
    {
        await using ShopLives lives = await ShopLives.StartAsync();
        using var node = new NodeFollower((await lives.Current).Address, Job, View, Region);
        await CheckAsync(lives, (_, _) => StepsAsync(node), mayLeave: false);

        static async IAsyncEnumerable<Step> StepsAsync(NodeFollower node)
        {
            while (await node.NextAsync() is { } epoch)
                yield return new Step(epoch.Epoch, epoch.Before, epoch.After);
        }
    }

    /// <param name="lives">The servers.</param>
    /// <param name="follow">Comes after an epoch.</param>
    /// <param name="mayLeave">False: the client stays by itself over deaths of the server.</param>
    private static Task CheckAsync(ShopLives lives, Func<long?, CancellationToken, IAsyncEnumerable<Step>> follow, bool mayLeave = true) =>
        FollowAsync(lives, follow, mayLeave).WaitAsync(TimeSpan.FromMinutes(s_size[1]));

    private static async Task FollowAsync(ShopLives lives, Func<long?, CancellationToken, IAsyncEnumerable<Step>> follow, bool mayLeave)
    {
        (int returns, int kills) = (s_size[0], s_size[1]);
        int sales = (returns + 2) * Stay + kills * (Lag + 1);
        using var room = new SemaphoreSlim(Lag);
        Task selling = SellAsync(lives, sales, kills, room);
        (decimal total, int seen, int comings, long? after) = (0, 0, 0, null);
        while (seen < sales)
        {
            comings++;
            int stay = 0;
            try
            {
                await foreach (Step step in follow(after, CancellationToken.None))
                {
                    if (step.After is { } now)
                    {
                        Assert.Equal(total == 0 ? null : total, step.Before);    // what it was told last, no change later or earlier
                        for (; total < now; seen++, stay++)
                        {
                            total++;
                            room.Release();
                        }

                        Assert.Equal(total, now);
                    }

                    Assert.True(after is null || step.Epoch >= after);
                    after = step.Epoch;
                    if ((mayLeave && stay >= Stay) || seen == sales)
                        break;
                }
            }
            catch (Exception error) when (error is WebSocketException or HttpRequestException or InvalidOperationException)
            {
                // the server was killed meanwhile
            }
        }

        await selling;
        Assert.Equal(sales, total);
        Assert.True(!mayLeave || comings >= returns, $"{comings} times only");
    }

    /// <summary>Sales of one each, in an epoch each; the client lags by some at most.</summary>
    private static async Task SellAsync(ShopLives lives, int sales, int kills, SemaphoreSlim room)
    {
        int every = sales / (kills + 1);
        for (int sale = 1; sale <= sales; sale++)
        {
            await room.WaitAsync();
            await (await lives.Current).SellAsync((Region, 1));
            if (sale % every == 0 && sale / every <= kills)
                await lives.KillAsync();
        }
    }
}
