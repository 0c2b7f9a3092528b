using static ActorStreams.TestKit.Commits;

namespace ActorStreams.TestKit;

/// <summary>What every store promises about nodes that prepare what the writer commits; of one that takes no nodes only that it says
/// so.</summary>
internal sealed class NodeRequirements(StoreSite site, bool reopens) : StoreRequirements(site, reopens)
{
    private static readonly TableSpec s_log = new("log",
        [new("n", ColumnType.Int64), new("text", ColumnType.Text), new("at", ColumnType.Timestamp)], TableMode.Insert);

    [Requirement]
    public async Task What_nodes_prepare_is_there_once_the_epoch_is_committed_and_not_before()
    {
        if (await OpenAsync() is not { } writer)
            return;
        await using NodeJournal one = await NodeAsync(writer), two = await NodeAsync(writer);
        PreparedPart first = await one.PrepareAsync(Part(1, 0, Event(1, 0), Event(1, 3)));
        PreparedPart second = await two.PrepareAsync(Part(1, 1, Event(1, 2), Event(1, 7, op: "others")));
        Must.Null(await writer.LastEpochAsync());
        Must.Null(await one.LastEpochAsync());

        await writer.CommitAsync(Epoch(1) with { Prepared = [first, second] });

        Must.Equal("0:1 2:1 3:1", await one.ReadAsTextAsync(1));
        Must.Equal("7:1", await two.ReadAsTextAsync(1, "others"));
        Must.Equal("counts/2@1", System.Text.Encoding.UTF8.GetString((await writer.ReadAllAsync(1))[1].Payload.Span));
        Must.Equal(1L, (await two.LastEpochAsync())!.Epoch);
    }

    [Requirement]
    public async Task Prepared_snapshots_replace_what_was_before()
    {
        if (await OpenAsync() is not { } writer)
            return;
        await using NodeJournal node = await NodeAsync(writer);
        await CommitAsync(writer, node, 1, Event(1, 0), Event(1, 1));
        await CommitAsync(writer, node, 2, Snapshot(2, 0), Snapshot(2, 0, part: 1), Event(2, 1));
        await CommitAsync(writer, node, 3, Event(3, 0));

        Must.Equal("0:2S 0:2S.1 0:3 1:1 1:2", await node.ReadAsTextAsync(3));
    }

    [Requirement]
    public async Task Prepared_rows_for_tables_are_written_with_the_epoch()
    {
        if (await OpenAsync() is not { } writer)
            return;
        await using NodeJournal node = await NodeAsync(writer);
        object?[] row = [1L, "ü ' \u0001", DateTimeOffset.UnixEpoch.AddSeconds(5)], empty = [2L, null, null];
        PreparedPart part = await node.PrepareAsync(new EpochPart { Epoch = 1, Instance = 4, Tables = [new Rows(s_log, row, empty)] });
        PreparedPart other = await node.PrepareAsync(new EpochPart { Epoch = 1, Instance = 5, Tables = [new Rows(s_log, [3L, "", null])] });

        await writer.CommitAsync(Epoch(1) with { Prepared = [part, other] });

        IReadOnlyList<object?[]> rows = await Site.ReadTableAsync("log", [.. s_log.Columns.Select(column => column.Type)]);
        Must.Equal(["1 ü ' \u0001 5", "2  ", "3  "], rows
            .Select(one => $"{one[0]} {one[1]} {(one[2] as DateTimeOffset?)?.ToUnixTimeSeconds()}").Order(StringComparer.Ordinal));
    }

    [Requirement]
    public async Task A_part_that_is_prepared_again_replaces_the_first()
    {
        if (await OpenAsync() is not { } writer)
            return;
        await using NodeJournal node = await NodeAsync(writer);
        await node.PrepareAsync(Part(1, 0, Event(1, 0), Event(1, 1), Event(1, 2)));
        PreparedPart part = await node.PrepareAsync(Part(1, 0, Event(1, 0)));

        await writer.CommitAsync(Epoch(1) with { Prepared = [part] });

        Must.Equal("0:1", await node.ReadAsTextAsync(1));
    }

    [Requirement]
    public async Task An_epoch_of_which_a_part_is_missing_is_not_committed()
    {
        if (await OpenAsync() is not { } writer)
            return;
        await using NodeJournal node = await NodeAsync(writer);
        PreparedPart part = await node.PrepareAsync(Part(1, 0, Event(1, 0)));
        var lost = new PreparedPart(Instance: 1, Events: 2, Outputs: 0, Sum: 77, HasSnapshots: false);

        StoreException error = await Must.ThrowsAsync<StoreException>(async () =>
            await writer.CommitAsync(Epoch(1) with { Prepared = [part, lost] }));

        Must.Contains("instance 1 had prepared", error.Message);
        Must.False(error.IsTransient);
        Must.Null(await writer.LastEpochAsync());
        await writer.CommitAsync(Epoch(1) with { Prepared = [part] });
        Must.Equal("0:1", await writer.ReadAsTextAsync(1));
    }

    [Requirement]
    public async Task What_an_overtaken_node_prepares_is_never_committed()
    {
        if (await OpenAsync() is not { } earlier)
            return;
        await using NodeJournal zombie = await NodeAsync(earlier);
        await zombie.PrepareAsync(Part(1, 0, Event(1, 0, "before it was overtaken")));
        JobJournal writer = await Opened.OpenAsync("job");
        await using NodeJournal node = await NodeAsync(writer);
        PreparedPart part = await node.PrepareAsync(Part(1, 0, Event(1, 0, "rightful")));
        PreparedPart late = await zombie.PrepareAsync(Part(1, 0, Event(1, 0, "after it was overtaken"), Event(1, 1)));

        await Must.ThrowsAsync<FencedException>(async () => await earlier.CommitAsync(Epoch(1) with { Prepared = [late] }));
        await writer.CommitAsync(Epoch(1) with { Prepared = [part] });

        Must.Equal(["rightful"], (await node.ReadAllAsync(1)).Select(one => System.Text.Encoding.UTF8.GetString(one.Payload.Span)));
        await zombie.PrepareAsync(Part(2, 0, Event(2, 0, "late")));
        await CommitAsync(writer, node, 2, Event(2, 1));
        Must.Equal("0:1 1:2", await node.ReadAsTextAsync(2));
    }

    [Requirement]
    public async Task An_epoch_that_is_committed_again_with_the_same_parts_is_one_epoch()
    {
        if (await OpenAsync() is not { } writer)
            return;
        await using NodeJournal node = await NodeAsync(writer);
        PreparedPart part = await node.PrepareAsync(Part(1, 0, Event(1, 0)));
        await writer.CommitAsync(Epoch(1) with { Prepared = [part] });

        await writer.CommitAsync(Epoch(1) with { Prepared = [part] });

        Must.Equal("0:1", await node.ReadAsTextAsync(1));
    }

    [Requirement]
    public async Task A_job_that_nobody_writes_is_not_there_for_nodes()
    {
        Store store = await StoreAsync();
        if (!store.TakesNodes)
            return;
        StoreException error = await Must.ThrowsAsync<StoreException>(async () => await store.OpenNodeAsync("nobody's", 1));
        Must.Contains("nobody's", error.Message);
    }

    private static EpochPart Part(long epoch, int instance, params JournalEvent[] events) =>
        new() { Epoch = epoch, Instance = instance, Events = events };

    /// <summary>The job's writer; null: the store takes no nodes, and says so.</summary>
    private async Task<JobJournal?> OpenAsync()
    {
        JobJournal writer = await JournalAsync();
        if (Opened.TakesNodes)
            return writer;
        NotSupportedException refused = await Must.ThrowsAsync<NotSupportedException>(async () =>
            await Opened.OpenNodeAsync("job", writer.Generation));
        Must.Contains("written by one process", refused.Message);
        return null;
    }

    private ValueTask<NodeJournal> NodeAsync(JobJournal writer) => Opened.OpenNodeAsync("job", writer.Generation);

    private static async Task CommitAsync(JobJournal writer, NodeJournal node, long epoch, params JournalEvent[] events) =>
        await writer.CommitAsync(Epoch(epoch) with { Prepared = [await node.PrepareAsync(Part(epoch, 0, events))] });
}
