using System.Text;
using static ActorStreams.TestKit.Commits;

namespace ActorStreams.TestKit;

/// <summary>What every store promises about epochs.</summary>
internal sealed class EpochRequirements(StoreSite site, bool reopens) : StoreRequirements(site, reopens)
{
    [Requirement]
    public async Task A_new_job_has_no_epochs_and_generation_1()
    {
        JobJournal journal = await JournalAsync();

        Must.Equal(1, journal.Generation);
        Must.Null(await journal.LastEpochAsync());
        Must.Empty(await journal.EpochsAsync());
    }

    [Requirement]
    public async Task Every_open_takes_the_next_generation()
    {
        Must.Equal(1, (await JournalAsync()).Generation);
        Must.Equal(2, (await JournalAsync()).Generation);
        Must.Equal(3, (await JournalAsync()).Generation);
        Must.Equal(1, (await JournalAsync("other")).Generation);
    }

    [Requirement]
    public async Task A_reader_of_an_unknown_job_is_null()
    {
        Must.Null(await (await StoreAsync()).OpenReaderAsync("job"));
        await JournalAsync();
        Must.Null(await (await StoreAsync()).OpenReaderAsync("other"));
        Must.NotNull(await (await StoreAsync()).OpenReaderAsync("job"));
    }

    [Requirement]
    public async Task What_was_committed_is_read_back()
    {
        await CommitAsync(Epoch(1, Event(1, 3, "äöü"), Event(1, 0)), Epoch(2, Event(2, 3)));

        JobReader reader = (await (await StoreAsync()).OpenReaderAsync("job"))!;
        EpochRecord last = (await reader.LastEpochAsync())!;
        Must.Equal((2, 2_000_000), (last.Epoch, last.CommittedAt));
        Must.Equal([2, 0xFE], last.Manifest.ToArray());
        Must.Equal("0:1 3:1 3:2", await reader.ReadAsTextAsync(2));
        Must.Equal("äöü", Encoding.UTF8.GetString((await reader.ReadAllAsync(2, firstShard: 3))[0].Payload.Span));
    }

    [Requirement]
    public async Task An_empty_epoch_is_an_epoch()
    {
        await CommitAsync(Epoch(1) with { Manifest = default }, Epoch(2));

        JobJournal journal = await JournalAsync();
        Must.Equal([1, 2], (await journal.EpochsAsync()).Select(e => e.Epoch));
        Must.Empty(await journal.ReadAllAsync(2));
    }

    [Requirement]
    public async Task An_empty_payload_is_a_payload()
    {
        await CommitAsync(Epoch(1, new JournalEvent("counts", 0, 1, false, 0, default)));

        Must.Equal(0, Must.Single(await (await JournalAsync()).ReadAllAsync(1)).Payload.Length);
    }

    [Requirement]
    public async Task The_memory_of_a_commit_is_not_needed_once_it_has_succeeded()
    {
        byte[] payload = [1, 2, 3], manifest = [4, 5];
        await CommitAsync(Epoch(1, new JournalEvent("counts", 0, 1, false, 0, payload)) with { Manifest = manifest });
        payload.AsSpan().Clear();
        manifest.AsSpan().Clear();

        JobJournal journal = await JournalAsync();
        Must.Equal([1, 2, 3], Must.Single(await journal.ReadAllAsync(1)).Payload.ToArray());
        Must.Equal([4, 5], (await journal.LastEpochAsync())!.Manifest.ToArray());
    }

    [Requirement]
    public async Task Parts_come_in_order_and_large_blobs_come_whole()
    {
        JournalEvent[] parts = [.. Enumerable.Range(0, 20).Select(part => Blob(1, 5, 200_000 + part, 19 - part))];
        await CommitAsync(Epoch(1, [.. parts, Blob(1, 6, 3_000_000)]));

        List<JournalEvent> read = await (await JournalAsync()).ReadAllAsync(1);
        Must.Equal(Enumerable.Range(0, 20), read.Take(20).Select(e => e.Part));
        Must.All(parts, p => Must.True(read[p.Part].Payload.Span.SequenceEqual(p.Payload.Span)));
        Must.Equal(3_000_000, read[20].Payload.Length);
    }

    [Requirement]
    public async Task A_snapshot_replaces_the_events_before_it_for_its_shard()
    {
        await CommitAsync(Epoch(1, Event(1, 0), Event(1, 1)), Epoch(2, Snapshot(2, 0), Snapshot(2, 0, part: 1), Event(2, 1)),
            Epoch(3, Event(3, 0)));

        JobJournal journal = await JournalAsync();
        Must.Equal("0:2S 0:2S.1 0:3 1:1 1:2", await journal.ReadAsTextAsync(3));
    }

    [Requirement]
    public async Task State_is_read_as_of_any_retained_epoch()
    {
        await CommitAsync(Epoch(1, Event(1, 0)), Epoch(2, Snapshot(2, 0)), Epoch(3, Event(3, 0)), Epoch(4, Snapshot(4, 0)));

        JobJournal journal = await JournalAsync();
        Must.Equal("0:1", await journal.ReadAsTextAsync(1));
        Must.Equal("0:2S", await journal.ReadAsTextAsync(2));
        Must.Equal("0:2S 0:3", await journal.ReadAsTextAsync(3));
        Must.Equal("0:4S", await journal.ReadAsTextAsync(4));
        await Must.ThrowsAsync<StoreException>(() => journal.ReadAllAsync(5));
    }

    [Requirement]
    public async Task Only_the_shards_and_the_operator_asked_for_are_read()
    {
        await CommitAsync(Epoch(1, Event(1, 0), Event(1, 1), Event(1, 2), Event(1, 3), Event(1, 1, op: "joins")));

        JobJournal journal = await JournalAsync();
        Must.Equal("1:1 2:1", await journal.ReadAsTextAsync(1, firstShard: 1, count: 2));
        Must.Equal("1:1", await journal.ReadAsTextAsync(1, op: "joins"));
        Must.Equal("", await journal.ReadAsTextAsync(1, op: "nobody"));
    }

    [Requirement]
    public async Task Jobs_of_one_store_do_not_see_each_other()
    {
        await (await JournalAsync("a")).CommitAsync(Epoch(1, Event(1, 0)));
        await (await JournalAsync("b")).CommitAsync(Epoch(1, Event(1, 0), Event(1, 7)));
        await (await JournalAsync("b")).CommitAsync(Epoch(2, Snapshot(2, 0)).Retaining(2));

        Must.Equal("0:1", await (await JournalAsync("a")).ReadAsTextAsync(1));
        Must.Equal("0:2S 7:1", await (await JournalAsync("b")).ReadAsTextAsync(2));
    }

    [Requirement]
    public async Task The_same_commit_again_does_nothing()
    {
        TableSpec log = new("log", [new("text", ColumnType.Text)], TableMode.Insert);
        EpochCommit commit = Epoch(1, Event(1, 0)).With(new Rows(log, ["once"]));
        await CommitAsync(commit, commit with { CommittedAt = 5 }, Epoch(2, Event(2, 0)), commit);

        Must.Equal("0:1 0:2", await (await JournalAsync()).ReadAsTextAsync(2));
        Must.Single(await Site.ReadTableAsync("log", ColumnType.Text));
    }

    [Requirement]
    public async Task The_same_epoch_with_other_content_is_a_bug()
    {
        TableSpec log = new("log", [new("text", ColumnType.Text)], TableMode.Insert);
        await CommitAsync(Epoch(1, Event(1, 0)).With(new Rows(log, ["once"])));

        JobJournal journal = await JournalAsync();
        foreach (EpochCommit other in new[]
        {
            Epoch(1, Event(1, 0)),
            Epoch(1, Event(1, 0, "else")).With(new Rows(log, ["once"])),
            Epoch(1, Event(1, 1, "counts/0@1")).With(new Rows(log, ["once"])),
            Epoch(1, Event(1, 0)).With(new Rows(log, ["twice"])),
            Epoch(1, Event(1, 0)).With(new Rows(log, ["once"])) with { Manifest = default },
        })
        {
            await Must.ThrowsAsync<InvalidOperationException>(async () => await journal.CommitAsync(other));
        }

        await journal.CommitAsync(Epoch(2));
    }

    [Requirement]
    public async Task A_gap_between_epochs_is_a_bug()
    {
        JobJournal journal = await JournalAsync();
        await Must.ThrowsAsync<InvalidOperationException>(async () => await journal.CommitAsync(Epoch(2)));
        await Must.ThrowsAsync<InvalidOperationException>(async () => await journal.CommitAsync(Epoch(1, Event(2, 0))));
        Must.Null(await journal.LastEpochAsync());
        await journal.CommitAsync(Epoch(1));
    }

    [Requirement]
    public async Task An_old_writer_commits_nothing_at_any_interleaving()
    {
        Store store = await StoreAsync();
        Store second = Site.Open();
        JobJournal old = await store.OpenAsync("job");
        await old.CommitAsync(Epoch(1, Event(1, 0)));

        JobJournal successor = await second.OpenAsync("job");
        await Must.ThrowsAsync<FencedException>(async () => await old.CommitAsync(Epoch(2, Event(2, 0, "old"))));
        await successor.CommitAsync(Epoch(2, Event(2, 0, "new")));
        await Must.ThrowsAsync<FencedException>(async () => await old.CommitAsync(Epoch(2, Event(2, 0, "old"))));
        await Must.ThrowsAsync<FencedException>(async () => await old.CommitAsync(Epoch(3, Event(3, 0, "old"))));
        await Must.ThrowsAsync<FencedException>(async () => await old.RewindAsync(1));
        await successor.CommitAsync(Epoch(3));

        List<JournalEvent> events = await old.ReadAllAsync(3);
        Must.Equal("new", Encoding.UTF8.GetString(events[1].Payload.Span));
        Must.Equal([1, 2, 2], (await old.EpochsAsync()).Select(e => e.Generation));
        if (second != store)
            await second.DisposeAsync();
    }

    [Requirement]
    public async Task Writers_racing_for_a_job_leave_one_history_without_gaps()
    {
        Store first = await StoreAsync(), second = Site.Open();
        int fenced = 0;
        async Task Write(Store store)
        {
            for (int turn = 0; turn < 8; turn++)
            {
                JobJournal journal = await store.OpenAsync("job");
                try
                {
                    for (int i = 0; i < 5; i++)
                    {
                        long epoch = ((await journal.LastEpochAsync())?.Epoch ?? 0) + 1;
                        await journal.CommitAsync(Epoch(epoch, Event(epoch, 0, $"by {journal.Generation}")));
                        await Task.Yield();
                    }
                }
                catch (FencedException)
                {
                    Interlocked.Increment(ref fenced);
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref fenced);   // the other's epoch was there: other content
                }
            }
        }

        await Task.WhenAll(Race.Start(() => Write(first)), Race.Start(() => Write(second)));

        JobReader reader = (await first.OpenReaderAsync("job"))!;
        IReadOnlyList<EpochRecord> epochs = await reader.EpochsAsync();
        Must.Equal(Enumerable.Range(1, epochs.Count).Select(e => (long)e), epochs.Select(e => e.Epoch));
        Must.Equal(epochs.Select(e => e.Generation).Order(), epochs.Select(e => e.Generation));
        Must.Equal(epochs.Select(e => $"by {e.Generation}"),
            (await reader.ReadAllAsync(epochs.Count)).Select(e => Encoding.UTF8.GetString(e.Payload.Span)));
        if (second != first)
            await second.DisposeAsync();
    }

    [Requirement]
    public async Task Only_retained_epochs_are_listed_and_the_newest_is_always()
    {
        await CommitAsync(Epoch(1, Event(1, 0)), Epoch(2, Event(2, 0)), Epoch(3, Snapshot(3, 0)), Epoch(4, Event(4, 0)).Retaining(3));
        JobJournal journal = await JournalAsync();
        Must.Equal([3, 4], (await journal.EpochsAsync()).Select(e => e.Epoch));
        await Must.ThrowsAsync<StoreException>(() => journal.ReadAllAsync(2));
        await Must.ThrowsAsync<InvalidOperationException>(async () => await journal.CommitAsync(Epoch(1, Event(1, 0))));
        Must.Equal("0:3S", await journal.ReadAsTextAsync(3));

        await CommitAsync(Epoch(5).Retaining(99));
        Must.Equal([5], (await (await JournalAsync()).EpochsAsync()).Select(e => e.Epoch));
    }

    [Requirement]
    public async Task Dropping_what_is_not_needed_never_touches_what_is()
    {
        JobJournal journal = await JournalAsync();
        Random random = new(7);
        Dictionary<int, List<(long Epoch, bool IsSnapshot)>> model =
            Enumerable.Range(0, 8).ToDictionary(s => s, _ => new List<(long, bool)>());
        for (long epoch = 1; epoch <= 120; epoch++)
        {
            List<JournalEvent> events = [];
            foreach (int shard in model.Keys.Where(_ => random.Next(3) > 0))
            {
                bool isSnapshot = random.Next(6) == 0;
                events.Add(isSnapshot ? Snapshot(epoch, shard) : Event(epoch, shard));
                model[shard].Add((epoch, isSnapshot));
            }

            long from = Math.Max(1, epoch - 10);
            await journal.CommitAsync(Epoch(epoch, [.. events]).Retaining(from));
            long asOf = random.NextInt64(from, epoch + 1);
            string expected = string.Join(' ', model.OrderBy(m => m.Key).SelectMany(m =>
            {
                long start = m.Value.LastOrDefault(e => e.IsSnapshot && e.Epoch <= asOf).Epoch;
                return m.Value.Where(e => e.Epoch >= start && e.Epoch <= asOf).Select(e => $"{m.Key}:{e.Epoch}{(e.IsSnapshot ? "S" : "")}");
            }));
            Must.Equal(expected, await journal.ReadAsTextAsync(asOf));
            if (Reopens && epoch % 10 == 0)
                journal = await JournalAsync();
        }
    }

    [Requirement]
    public async Task A_job_goes_on_from_the_epoch_it_was_rewound_to()
    {
        await CommitAsync(Epoch(1, Event(1, 0)), Epoch(2, Event(2, 0)), Epoch(3, Snapshot(3, 0)));
        await (await JournalAsync()).RewindAsync(2);

        JobJournal journal = await JournalAsync();
        Must.Equal(2, (await journal.LastEpochAsync())!.Epoch);
        Must.Equal("0:1 0:2", await journal.ReadAsTextAsync(2));
        await journal.CommitAsync(Epoch(3, Event(3, 0, "another third")));
        Must.Equal("0:1 0:2 0:3", await journal.ReadAsTextAsync(3));
        await Must.ThrowsAsync<StoreException>(async () => await journal.RewindAsync(9));
    }

    [Requirement]
    public async Task A_reader_sees_committed_epochs_only_and_each_at_once()
    {
        JobJournal journal = await JournalAsync();
        await journal.CommitAsync(Epoch(1, [.. Enumerable.Range(0, 64).Select(s => Event(1, s))]));
        JobReader reader = (await Opened.OpenReaderAsync("job"))!;
        Task writing = Race.Start(async () =>
        {
            for (long epoch = 2; epoch <= 40; epoch++)
                await journal.CommitAsync(Epoch(epoch, [.. Enumerable.Range(0, 64)
                    .Select(s => epoch % 5 == 0 ? Snapshot(epoch, s) : Event(epoch, s))]).Retaining(epoch - 3));
        });
        do
        {
            long epoch = (await reader.LastEpochAsync())!.Epoch;
            try
            {
                List<JournalEvent> events = await reader.ReadAllAsync(epoch, count: 64);
                Must.Equal(64 * ((epoch % 5) + (epoch < 5 ? 0 : 1)), events.Count);
            }
            catch (StoreException)
            {
                // The writer was quicker than that, or the store must not say so.
                Must.True((await reader.LastEpochAsync())!.Epoch > epoch, "A retained epoch must be readable.");
            }
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [Requirement]
    public async Task A_buffer_may_be_reused_after_the_commit()
    {
        byte[] buffer = "first"u8.ToArray();
        JobJournal journal = await JournalAsync();
        await journal.CommitAsync(Epoch(1, new JournalEvent("counts", 0, 1, false, 0, buffer)) with { Manifest = buffer });
        "other"u8.CopyTo(buffer);

        Must.Equal("first", Encoding.UTF8.GetString((await journal.ReadAllAsync(1))[0].Payload.Span));
        Must.Equal("first", Encoding.UTF8.GetString((await journal.LastEpochAsync())!.Manifest.Span));
    }

    [Requirement]
    public async Task Names_may_hold_any_text()
    {
        const string name = "'; DROP TABLE jobs; -- \" 日本 🙂";
        await (await JournalAsync(name)).CommitAsync(Epoch(1, Event(1, 0, op: name)));
        Must.Equal("0:1", await (await JournalAsync(name)).ReadAsTextAsync(1, op: name));
    }

    [Requirement]
    public async Task A_cancelled_commit_writes_nothing()
    {
        JobJournal journal = await JournalAsync();
        await Must.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await journal.CommitAsync(Epoch(1), new CancellationToken(canceled: true)));
        Must.Null(await journal.LastEpochAsync());
    }
}
