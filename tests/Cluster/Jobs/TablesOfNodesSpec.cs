using ActorStreams.Authoring;
using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A materialised table is read, scanned and observed on every node, each answer as of one committed epoch, whatever happens to
/// the nodes that keep its rows.</summary>
public sealed class TablesOfNodesSpec
{
    private static readonly JobOptions s_options =
        new() { Parallelism = 4, EpochInterval = TimeSpan.FromMilliseconds(100), RetainEpochs = 1_000 };   // however slow the machine is

    private readonly AccountsOfNodes _accounts = new();
    private readonly MemoryStore _store = new();

    [Fact]
    public async Task A_table_is_read_and_observed_on_every_node_and_when_a_node_is_lost()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(3);
        ClusterJob[] jobs = await Task.WhenAll(cluster.Systems.Select(
            system => ClusterJob.StartAsync(system, _accounts.Build(), _store, s_options)));
        IActorRef accounts = jobs[1].Entities(AccountsOfNodes.Handle);
        TableView<string, Charged>[] tables = [.. jobs.Select(job => job.Table<string, Charged>(AccountsOfNodes.Last))];
        var seen = new Dictionary<string, Charged>();
        await using IAsyncEnumerator<EpochChanges<string, Charged>> observed = tables[1].Observe().GetAsyncEnumerator();
        Assert.True(await observed.MoveNextAsync());
        Assert.Equal((true, 0), (observed.Current.IsSnapshot, observed.Current.Changes.Count));

        // Orders of twelve customers in one epoch or several: an observer sees each of them once, on a node that keeps few of them.
        await Task.WhenAll(Enumerable.Range(0, 12).Select(number => accounts.GiveAsync(new Order($"first {number}", $"c{number:D2}", 1))));
        await SeeAsync(observed, seen, 12);
        foreach (TableView<string, Charged> table in tables)
            await ShowsAsync(table, observed.Current.Epoch, "first");

        TableSnapshot<string, Charged> range = await tables[2].RangeAsync("c03", "c05");
        Assert.Equal(["c03", "c04", "c05"], range.Rows.Select(static row => row.Key));
        Assert.Equal(12, (await tables[0].AsOf(range.Epoch).ScanAsync()).Rows.Count);
        Assert.Contains("has no materialised table 'lost'; it has 'last-orders'",
            Assert.Throws<JobException>(() => jobs[0].Table<string, Charged>("lost")).Message, StringComparison.Ordinal);

        // A node that kept rows is lost: the observer goes on after what it was told, with nothing twice.
        await cluster.KillAsync(cluster.Systems[2]);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(number => accounts.GiveAsync(new Order($"second {number}", $"c{number:D2}", 1))));
        await SeeAsync(observed, seen, 12);
        Assert.All(seen.Values, static charged => Assert.StartsWith("second", charged.Id, StringComparison.Ordinal));
        await ShowsAsync(tables[0], observed.Current.Epoch, "second");

        // Who was told of an epoch by one node goes on at another, and the end of the job is the end of what is observed.
        long told = observed.Current.Epoch;
        await accounts.GiveAsync(new Order("third 0", "c00", 1));
        await jobs[0].StopAsync();
        List<EpochChanges<string, Charged>> rest = [];
        await foreach (EpochChanges<string, Charged> changes in tables[0].Observe(after: told))
            rest.Add(changes);
        EpochChanges<string, Charged> last = Assert.Single(rest, static changes => changes.Changes.Count > 0);
        Assert.Equal(["second 0", "third 0"], last.Changes.Select(static change => change.Row.Value.Id));
    }

    /// <summary>Takes in what an observer is told until so many rows have come.</summary>
    private static async Task SeeAsync(IAsyncEnumerator<EpochChanges<string, Charged>> observed, Dictionary<string, Charged> seen, int rows)
    {
        while (rows > 0)
        {
            Assert.True(await observed.MoveNextAsync());
            Assert.False(observed.Current.IsSnapshot);
            foreach (Change<TableRow<string, Charged>> change in observed.Current.Changes)
            {
                if (change.Weight < 0)
                {
                    Assert.True(seen.Remove(change.Row.Key, out Charged? before));
                    Assert.Equal(before, change.Row.Value);
                }
                else
                {
                    seen.Add(change.Row.Key, change.Row.Value);
                    rows--;
                }
            }
        }
    }

    /// <summary>Waits until a node's copy shows an epoch.</summary>
    private static async Task ShowsAsync(TableView<string, Charged> table, long epoch, string id)
    {
        await foreach (EpochChanges<string, Charged> changes in table.Observe())
        {
            if (changes.Epoch >= epoch)
                break;
        }

        Assert.Equal($"{id} 7", (await table.GetAsync("c07"))!.Id);
        Assert.Null(await table.GetAsync("nobody"));
        TableSnapshot<string, Charged> all = await table.ScanAsync();
        Assert.Equal(12, all.Rows.Count);
        Assert.True(all.Epoch >= epoch);
    }
}
