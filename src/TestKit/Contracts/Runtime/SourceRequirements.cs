namespace ActorStreams.TestKit;

/// <summary>What every source promises.</summary>
/// <param name="newSource">Makes the source.</param>
/// <param name="count">How many items it has.</param>
/// <param name="text">How a row is written.</param>
/// <param name="opensAtAnyRow">Whether it can be opened at any row, whatever it says.</param>
/// <param name="availableNow">Whether it is always opened to read what is available.</param>
internal sealed class SourceRequirements<T>(Func<Source<T>> newSource, int count, Func<T, string>? text, bool opensAtAnyRow,
    bool availableNow)
{
    private const long MaxOffset = (1L << 48) - 1;

    public Source<T> Source { get; } = newSource();

    private bool IsReplayable => Source.Guarantee == SourceGuarantee.Replayable;

    private SourceContext Context { get; } = SourceProbe.Context;

    [Requirement]
    public async Task The_partitions_have_the_same_names_every_time()
    {
        IReadOnlyList<string> names = await Source.PartitionsAsync(Context, CancellationToken.None);
        Must.True(names.Count > 0, "A source has one partition at least.");
        Must.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Must.Equal(names, await Source.PartitionsAsync(Context, CancellationToken.None));
        Must.Equal(names, await newSource().PartitionsAsync(Context, CancellationToken.None));
    }

    [Requirement]
    public async Task Every_item_comes_once_and_offsets_grow()
    {
        int total = 0;
        foreach (string partition in await PartitionsAsync())
        {
            SourceReading<T> all = await ReadAsync(Source, partition, null, capacity: 1);
            total += all.Items.Count;
            Must.Equal(all.Items.Count + 1, all.Stops.Count);
            for (int index = 1; index < all.Items.Count; index++)
                Must.True(all.Items[index].Offset > all.Items[index - 1].Offset, "The own offsets of rows and rejected records must grow.");
            for (int index = 1; index < all.Stops.Count; index++)
                Must.True(all.Stops[index].Offset.Value > all.Stops[index - 1].Offset.Value,
                    "The offset of the reader must grow with every read.");
            Must.True(all.Stops.All(stop => stop.Offset.Value is >= 0 and <= MaxOffset), "Offsets must lie in 0 to 2^48 - 1.");
        }

        Must.Equal(count, total);
    }

    [Requirement]
    public async Task Reading_goes_on_just_after_any_row()
    {
        if (!IsReplayable)
            return;
        foreach (string partition in await PartitionsAsync())
        {
            SourceReading<T> all = await ReadAsync(Source, partition, null, capacity: 1);
            foreach ((int stop, SourceOffset offset) in all.Stops)
            {
                SourceReading<T> rest = await ReadAsync(newSource(), partition, offset, capacity: 3);
                Must.Equal(all.Items.Skip(stop).Select(Show), rest.Items.Select(Show));
            }
        }
    }

    [Requirement]
    public async Task Reading_goes_on_at_the_own_offset_of_any_row()
    {
        if (!IsReplayable || !(opensAtAnyRow || Source.OpensAtAnyRow))
            return;
        foreach (string partition in await PartitionsAsync())
        {
            SourceReading<T> all = await ReadAsync(Source, partition, null, capacity: 1);
            for (int index = 0; index < all.Items.Count; index++)
            {
                SourceReading<T> rest = await ReadAsync(newSource(), partition, new SourceOffset(all.Items[index].Offset), capacity: 1024);

                // Where it was begun may show in the text of an error, such as the number of a line.
                Must.Equal(all.Items.Skip(index).Select(ShowWithoutError), rest.Items.Select(ShowWithoutError));
            }
        }
    }

    [Requirement]
    public async Task Reads_of_any_size_give_the_same()
    {
        if (!IsReplayable)
            return;
        foreach (string partition in await PartitionsAsync())
        {
            IReadOnlyList<SourceItem<T>> all = (await ReadAsync(Source, partition, null, capacity: 1)).Items;
            foreach (int capacity in new[] { 2, 7, 1024 })
                Must.Equal(all.Select(Show), (await ReadAsync(newSource(), partition, null, capacity)).Items.Select(Show));
        }
    }

    /// <summary>What is not complete yet, such as a line without its end, may be left to the next run.</summary>
    [Requirement]
    public async Task A_run_that_reads_what_is_available_ends_and_the_next_goes_on_from_there()
    {
        if (!IsReplayable || !Source.KnowsItsEnd)
            return;
        SourceContext available = Context with { AvailableNow = true };
        foreach (string partition in await PartitionsAsync())
        {
            IReadOnlyList<SourceItem<T>> all = (await ReadAsync(Source, partition, null, capacity: 1024)).Items;
            SourceReading<T> now = await SourceProbe.ReadAsync(newSource(), partition, from: null, capacity: 3, available);
            SourceReading<T> rest = await ReadAsync(newSource(), partition, now.Stops[^1].Offset, capacity: 3);
            Must.Equal(all.Select(Show), now.Items.Concat(rest.Items).Select(Show));
        }
    }

    [Requirement]
    public async Task A_partition_that_has_ended_stays_at_its_end()
    {
        foreach (string partition in await PartitionsAsync())
        {
            await using SourceReader<T> reader = await OpenAsync(Source, partition, null);
            await SourceProbe.ReadAsync(reader, capacity: 1024);
            SourceOffset end = reader.Offset;
            Must.False(await reader.ReadAsync(new SourceBuffer<T>(), CancellationToken.None));
            Must.Equal(end.Value, reader.Offset.Value);
        }
    }

    [Requirement]
    public async Task A_read_that_is_cancelled_ends()
    {
        foreach (string partition in await PartitionsAsync())
        {
            await using SourceReader<T> reader = await OpenAsync(Source, partition, null);
            await Must.ThrowsAnyAsync<OperationCanceledException>(async () =>
                await reader.ReadAsync(new SourceBuffer<T>(), new CancellationToken(canceled: true)));
        }
    }

    [Requirement]
    public async Task What_was_not_committed_is_delivered_again_and_what_was_is_not()
    {
        if (Source.Guarantee != SourceGuarantee.Acknowledged)
            return;
        foreach (string partition in await PartitionsAsync())
        {
            string[] first, second;
            await using (SourceReader<T> reader = await OpenAsync(Source, partition, null))
            {
                first = [.. (await SourceProbe.ReadAsync(reader, capacity: 1, atMost: 1)).Items.Select(ShowRow)];
                await reader.CommittedAsync(reader.Offset, CancellationToken.None);
                second = [.. (await SourceProbe.ReadAsync(reader, capacity: 1, atMost: 1)).Items.Select(ShowRow)];
            }

            await using SourceReader<T> again = await OpenAsync(Source, partition, null);
            string[] rest = [.. (await SourceProbe.ReadAsync(again, capacity: 1024)).Items.Select(ShowRow)];
            Must.True(second.All(rest.Contains), "Items that were read and not committed must be delivered again by the next reader.");
            Must.True(!first.Any(rest.Contains),
                "Items that were committed must not be delivered again. (Each item of the input must be another.)");
        }
    }

    [Requirement]
    public async Task A_job_that_crashes_gives_every_row_once()
    {
        if (!IsReplayable)
            return;
        List<string> expected = [];
        foreach (string partition in await PartitionsAsync())
            expected.AddRange((await ReadAsync(Source, partition, null, capacity: 1024)).Rows.Select(Text));
        expected.Sort(StringComparer.Ordinal);
        foreach (int crashes in new[] { 1, 3 })
            Must.Equal(expected, await RunAsync(expected.Count, crashes));
    }

    private async Task<IEnumerable<string>> RunAsync(int rows, int crashes)
    {
        var sink = new TestSink<T>(Text);
        var options = new JobOptions
        {
            Parallelism = 2,
            BatchRows = 16,
            EpochInterval = TimeSpan.FromDays(40),
            MaxEventTimeAhead = null,
            Errors = ErrorPolicy.Skip,
            AvailableNow = availableNow,
        };
        Source<T> source = newSource();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("input", source).Write("output", sink), options, waits: RealWaits.Allowed());
        for (int crash = 1; crash <= crashes; crash++)
        {
            int goal = rows * crash / (crashes + 1);
            test.RunUntil(() => sink.Rows.Count >= goal || test.Job.Completion.IsCompleted);
            test.Commit().CrashAndRestore(1 + (crash % 3));
        }

        test.RunUntil(() => test.Job.Completion.IsCompleted);
        return sink.Committed.Select(Text).Order(StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<string>> PartitionsAsync() => await Source.PartitionsAsync(Context, CancellationToken.None);

    private async ValueTask<SourceReader<T>> OpenAsync(Source<T> source, string partition, SourceOffset? from) =>
        await source.OpenAsync(partition, from, Context with { AvailableNow = availableNow }, CancellationToken.None);

    private async Task<SourceReading<T>> ReadAsync(Source<T> source, string partition, SourceOffset? from, int capacity)
    {
        await using SourceReader<T> reader = await OpenAsync(source, partition, from);
        return await SourceProbe.ReadAsync(reader, capacity);
    }

    private string Text(T row) => text?.Invoke(row) ?? SimulatedWorld.TextOf(row);

    private string Show(SourceItem<T> item) =>
        item.Rejected is { } rejected ? $"{item.Offset}: {rejected.Payload} {rejected.Error.Message}" : $"{item.Offset}: {Text(item.Row!)}";

    private string ShowWithoutError(SourceItem<T> item) => item.Rejected is { } rejected ? $"{item.Offset}: {rejected.Payload}"
        : Show(item);

    private string ShowRow(SourceItem<T> item) => item.Rejected is { } rejected ? rejected.Payload : Text(item.Row!);
}
