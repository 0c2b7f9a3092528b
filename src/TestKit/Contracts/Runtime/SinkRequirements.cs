namespace ActorStreams.TestKit;

/// <summary>What every sink promises.</summary>
internal sealed class SinkRequirements<T>(SinkLife<T> life, Func<int, T> row, Func<T, string>? text)
{
    private const int ManyRows = 300;

    private SinkGuarantee Guarantee { get; } = life.Site.NewSink().Guarantee;

    private bool ShowsCommittedAlone => Guarantee is SinkGuarantee.Transactional or SinkGuarantee.TwoPhase;

    [Requirement]
    public async Task Rows_of_a_committed_epoch_are_there()
    {
        await life.OpenAsync();
        await ShowsAsync(0);
        await life.WriteAsync(Rows(0, ManyRows));
        await life.CommitAsync();
        await ShowsAsync(ManyRows);
    }

    [Requirement]
    public async Task Nothing_of_an_epoch_is_there_before_the_store_has_committed_it()
    {
        if (!ShowsCommittedAlone)
            return;
        await life.OpenAsync();
        await life.WriteAsync(Rows(0, 5));
        await ShowsAsync(0);
        await life.FlushAsync();
        await ShowsAsync(0);
        await life.PrepareAsync();
        await ShowsAsync(0);
        await life.StoreAsync();
        await life.TellAsync();
        await ShowsAsync(5);
    }

    [Requirement]
    public async Task Every_epoch_adds_its_rows_and_one_without_rows_adds_none()
    {
        await life.OpenAsync();
        await life.CommitAsync();
        await ShowsAsync(0);
        int rows = 0;
        foreach (int more in new[] { 3, 0, 0, 7, 1 })
        {
            await life.WriteAsync(Rows(rows, rows + more));
            await life.CommitAsync();
            await ShowsAsync(rows += more);
        }
    }

    [Requirement]
    public async Task Rows_that_come_after_the_barrier_belong_to_the_next_epoch()
    {
        await life.OpenAsync();
        await life.WriteAsync(Rows(0, 4));
        await life.PrepareAsync();
        await life.WriteAsync(Rows(4, 9));
        await life.FlushAsync();
        await life.StoreAsync();
        await life.TellAsync();
        await ShowsAsync(4);
        await life.WriteAsync(Rows(9, 10));
        await life.CommitAsync();
        await ShowsAsync(10);
    }

    [Requirement]
    public async Task A_crash_before_the_barrier_takes_back_what_was_written()
    {
        await life.OpenAsync();
        await life.WriteAsync(Rows(0, 3));
        await life.CommitAsync();
        await life.WriteAsync(Rows(3, 8));
        await life.FlushAsync();
        await life.CrashAsync();
        await life.OpenAsync();
        await ShowsAsync(3);
        await life.WriteAsync(Rows(3, 10));
        await life.CommitAsync();
        await ShowsAsync(10);
    }

    [Requirement]
    public async Task A_crash_before_the_store_has_committed_takes_back_what_was_prepared()
    {
        await life.OpenAsync();
        for (int attempt = 0; attempt < 3; attempt++)
        {
            await life.WriteAsync(Rows(0, 5 + attempt));
            await life.PrepareAsync();
            await life.WriteAsync(Rows(5 + attempt, 12));
            await life.CrashAsync();
            await life.OpenAsync();
            await ShowsAsync(0);
        }

        await life.WriteAsync(Rows(0, 6));
        await life.CommitAsync();
        await ShowsAsync(6);
    }

    [Requirement]
    public async Task A_crash_after_the_store_has_committed_is_made_good_at_the_start()
    {
        await life.OpenAsync();
        await life.WriteAsync(Rows(0, 5));
        await life.PrepareAsync();
        await life.WriteAsync(Rows(5, 7));
        await life.FlushAsync();
        await life.StoreAsync();
        await life.CrashAsync();
        await life.OpenAsync();
        await ShowsAsync(5);
        await life.WriteAsync(Rows(5, 9));
        await life.CommitAsync();
        await ShowsAsync(9);
    }

    [Requirement]
    public async Task A_commit_that_is_told_twice_is_one()
    {
        await life.OpenAsync();
        await life.WriteAsync(Rows(0, 5));
        await life.CommitAsync();
        await life.TellAsync();
        await ShowsAsync(5);
        await life.WriteAsync(Rows(5, 6));
        await life.CommitAsync();
        await life.TellAsync();
        await ShowsAsync(6);
    }

    [Requirement]
    public async Task A_start_with_nothing_to_do_changes_nothing()
    {
        await life.OpenAsync();
        await life.CrashAsync();
        await life.OpenAsync();
        await life.WriteAsync(Rows(0, 5));
        await life.CommitAsync();
        for (int start = 0; start < 3; start++)
        {
            await life.CrashAsync();
            await life.OpenAsync();
            await ShowsAsync(5);
        }
    }

    [Requirement]
    public async Task Writers_that_work_at_once_do_not_disturb_each_other()
    {
        int writers = Math.Min(3, life.Site.NewSink().MaxParallelism);
        await life.OpenAsync(writers);
        int rows = 0;
        for (int epoch = 0; epoch < 4; epoch++)
        {
            await WriteAllAsync(rows, writers);
            await life.PrepareAsync();
            if (epoch == 1)
            {
                await life.CrashAsync();
                await life.OpenAsync(writers);
                await WriteAllAsync(rows, writers);
                await life.PrepareAsync();
            }

            await life.StoreAsync();
            if (epoch == 2)
            {
                await life.CrashAsync();
                await life.OpenAsync(writers);
            }

            await life.TellAsync();
            await ShowsAsync(rows += 4 * writers);
        }
    }

    [Requirement(1)]
    [Requirement(2)]
    [Requirement(3)]
    public async Task Lives_and_deaths_at_random_leave_every_row_once(int seed)
    {
        var random = new SimulationRandom((ulong)seed);
        int committed = 0;
        await life.OpenAsync();
        for (int step = 0; step < 40; step++)
        {
            int rows = committed + random.Next(20);
            await life.WriteAsync(Rows(committed, rows));
            bool isCommitted = false;
            switch (random.Next(4))
            {
                case 0:
                    break;
                case 1:
                    await life.PrepareAsync();
                    break;
                default:
                    await life.PrepareAsync();
                    await life.StoreAsync();
                    isCommitted = true;
                    break;
            }

            committed = isCommitted ? rows : committed;
            if (isCommitted && random.Chance(600))
            {
                await life.TellAsync();
            }
            else
            {
                await life.CrashAsync();
                await life.OpenAsync();
            }

            await ShowsAsync(committed);
        }
    }

    /// <summary>Four rows by each writer; each row always by the same one, as keys demand.</summary>
    private async Task WriteAllAsync(int from, int writers)
    {
        for (int writer = 0; writer < writers; writer++)
            await life.WriteAsync(Rows(from + (4 * writer), from + (4 * writer) + 4), writer);
    }

    private IEnumerable<T> Rows(int from, int to) => Enumerable.Range(from, to - from).Select(row);

    /// <summary>What a reader sees when the first so many rows are committed.</summary>
    private async Task ShowsAsync(int committed)
    {
        string[] expected = [.. Rows(0, committed).Select(Text).Order(StringComparer.Ordinal)];
        string[] seen = [.. (await life.Site.ReadAsync()).Order(StringComparer.Ordinal)];
        if (ShowsCommittedAlone)
        {
            Must.Equal(expected, seen, "what a reader sees");
            return;
        }

        string[] missing = [.. expected.Except(seen, StringComparer.Ordinal)];
        Must.True(missing.Length == 0,
            $"A reader must see {expected.Length} committed rows, but {missing.Length} are missing, such as '{missing.FirstOrDefault()}'.");
        if (Guarantee == SinkGuarantee.Idempotent)
            Must.Equal(seen.Distinct(StringComparer.Ordinal), seen, "what a reader sees");
    }

    private string Text(T one) => text?.Invoke(one) ?? SimulatedWorld.TextOf(one);
}
