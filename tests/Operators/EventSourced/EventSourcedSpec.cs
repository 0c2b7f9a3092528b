using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.EventSourced;

public readonly record struct Transfer(string Account, long Amount);

/// <summary>What happened to an account: <paramref name="Amount"/> of 0 is a refusal.</summary>
public readonly record struct Booked(long Amount, long Asked);

public sealed record Account(long Balance, int Events)
{
    public Account()
        : this(0, 0)
    {
    }
}

/// <summary>Entities that decide events, and are what their events make of them.</summary>
public sealed class EventSourcedSpec
{
    private static Pipeline Accounts(Source<Transfer> transfers, long initial = 0, ErrorPolicy? errors = null)
    {
        var pipeline = Pipeline.Create("bank");
        pipeline.Read("transfers", transfers).KeyBy(transfer => transfer.Account)
            .EventSourced<Account, Booked>("accounts", Decide, Apply, () => new Account(initial, 0), errors: errors)
            .Write("out", Sinks.Table<Booked>("booked", t => t.Column("amount", e => e.Amount).Column("asked", e => e.Asked)));
        return pipeline;

        static IEnumerable<Booked> Decide(Account account, Transfer transfer) => transfer.Amount switch
        {
            0 => [],
            666 => throw new InvalidOperationException("not decided"),
            _ when account.Balance + transfer.Amount < 0 => [new Booked(0, transfer.Amount)],
            > 100 => [new Booked(100, transfer.Amount), new Booked(transfer.Amount - 100, transfer.Amount)],
            _ => [new Booked(transfer.Amount, transfer.Amount)],
        };

        static Account Apply(Account account, Booked booked) => new(account.Balance + booked.Amount, account.Events + 1);
    }

    private static string Booked(MemoryStore store) => string.Join(' ', store.ReadTable("booked").Select(row => $"{row[0]}/{row[1]}"));

    [Fact]
    public async Task Rows_are_decided_into_none_one_or_several_events_which_are_the_output()
    {
        var store = Store.InMemory();
        await Accounts(Sources.Of([new Transfer("a", 10), new("a", -20), new("a", 0), new("a", 150), new("a", -160)])).ToEndAsync(store);
        Assert.Equal("10/10 0/-20 100/150 50/150 -160/-160", Booked(store));
    }

    [Fact]
    public async Task An_entity_begins_with_the_initial_state()
    {
        var source = new ScriptedSource<Transfer>().Add(new Transfer("a", -5));
        await using Job job = await Job.StartAsync(Accounts(source, initial: 7), Store.InMemory(), Runs.Quick);
        await source.CommittedAsync(1);
        Assert.Equal(new Account(2, 1), await job.Entity<string, Account>(new("accounts"), "a").AskAsync());
        Assert.Equal(new Account(7, 0), await job.Entity<string, Account>(new("accounts"), "nobody").AskAsync());
    }

    [Fact]
    public async Task A_row_that_cannot_be_decided_is_skipped_without_a_trace()
    {
        var store = Store.InMemory();
        await using Job job = await Job.StartAsync(
            Accounts(Sources.Of([new Transfer("a", 1), new("a", 666), new("a", 2)]), errors: ErrorPolicy.Skip), store, Runs.Quick);
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal("1/1 2/2", Booked(store));
        Assert.Equal(new Account(3, 2), await job.Entity<string, Account>(new("accounts"), "a").AskAsync());
        Assert.Equal("accounts", Assert.Single(store.ReadTable("dead_letters"))[1]);
    }

    [Fact]
    public async Task State_after_a_restart_is_the_state_before_it_however_many_regions_there_are()
    {
        var store = Store.InMemory();
        var source = new ScriptedSource<Transfer>();
        var random = new Random(3);
        string[] keys = [.. Enumerable.Range(0, 50).Select(n => $"k{n}")];
        Dictionary<string, Account?> before = [];
        int rows = 0;
        foreach (int parallelism in (int[])[1, 4, 16, 64, 3, 1])
        {
            await using Job job = await Job.StartAsync(Accounts(source), store, Runs.Quick with { Parallelism = parallelism });
            foreach (string key in before.Keys)
                Assert.Equal(before[key], await job.Entity<string, Account>(new("accounts"), key).AskAsync());
            for (int round = 0; round < 20; round++)
            {
                Transfer[] more = [.. Enumerable.Range(0, 40).Select(_ => new Transfer(keys[random.Next(50)], random.Next(-150, 200)))];
                source.Add(more);
                await source.CommittedAsync(rows += more.Length);
            }

            foreach (string key in keys)
                before[key] = await job.Entity<string, Account>(new("accounts"), key).AskAsync();
        }

        Assert.True(before.Values.Sum(account => account!.Events) > 4_000);
    }

    [Fact]
    public async Task A_snapshot_replaces_many_events_and_gives_the_same_state()
    {
        using var file = new TemporaryFile();
        var source = new ScriptedSource<Transfer>();
        await using Store sqlite = Store.Sqlite(file.Path);
        Account? live;
        await using (Job job = await Job.StartAsync(Accounts(source), sqlite, Runs.Quick with { Shards = 1 }))
        {
            for (int epoch = 1; epoch <= 150; epoch++)
            {
                source.Add(new Transfer("a", 3));
                await await Task.WhenAny(source.CommittedAsync(epoch), job.Completion);
            }

            live = await job.Entity<string, Account>(new("accounts"), "a").AskAsync();
        }

        Assert.True(file.Count("actorstreams_journal") < 100, $"{file.Count("actorstreams_journal")} events for 150 epochs");
        await using Job again = await Job.StartAsync(Accounts(source), sqlite, Runs.Quick);
        Assert.Equal(live, await again.Entity<string, Account>(new("accounts"), "a").AskAsync());
        Assert.Equal(new Account(450, 150), live);
    }

    [Fact]
    public async Task The_state_of_each_retained_epoch_can_be_read()
    {
        var store = new WatchedStore(Store.InMemory());
        var source = new ScriptedSource<Transfer>();
        await using Job job = await Job.StartAsync(Accounts(source), store, Runs.Quick with { RetainEpochs = 1_000 });
        var expected = new Dictionary<long, long>();
        for (int row = 1; row <= 20; row++)
        {
            source.Add(new Transfer("a", 1));
            await source.CommittedAsync(row);
            expected[store.Epoch] = row;
        }

        foreach ((long epoch, long balance) in expected)
            Assert.Equal(balance, (await job.Entity<string, Account>(new("accounts"), "a").AsOfAsync(epoch))!.Balance);
        StoreException error = await Assert.ThrowsAsync<StoreException>(
            () => job.Entity<string, Account>(new("accounts"), "a").AsOfAsync(1_000_000));
        Assert.Contains("not retained", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(JobOptions.RetainEpochs), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Questions_that_cannot_be_answered_say_what_there_is()
    {
        await using Job job = await Job.StartAsync(Accounts(new ScriptedSource<Transfer>().Add(new Transfer("a", 1))), Store.InMemory(),
            Runs.Quick);
        await FailsAsync<string, Account>("acounts", "a", null, "'acounts'", "'accounts'");
        await FailsAsync<int, Account>("accounts", 1, null, "'accounts'", "Int32");
        await FailsAsync<string, Account>("accounts", "a", "balance", "'balance'", "'state'");
        await FailsAsync<string, string>("accounts", "a", null, "Account", "String");

        async Task FailsAsync<TKey, TState>(string name, TKey key, string? state, params string[] words)
        {
            JobException error = await Assert.ThrowsAsync<JobException>(
                () => job.Entity<TKey, TState>(new(name, state), key).AskAsync().WaitAsync(Limits.Test));
            Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_completed_job_still_answers_and_an_ended_one_says_that_it_has_ended()
    {
        Pipeline pipeline = Accounts(Sources.Of([new Transfer("a", 4)]));
        Job job = await Job.StartAsync(pipeline, Store.InMemory(), Runs.Quick);
        await job.Completion.WaitAsync(Limits.Test);
        EntityRef<string, Account> account = job.Entity<string, Account>(new("accounts"), "a");
        Assert.Equal(4, (await account.AskAsync().WaitAsync(Limits.Test))!.Balance);
        await job.CrashAsync();
        JobException error = await Assert.ThrowsAsync<JobException>(() => account.AskAsync().WaitAsync(Limits.Test));
        Assert.Contains("ended", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await account.AsOfAsync(job.Epoch))!.Balance);
    }

    [Fact]
    public async Task Questions_asked_while_a_job_ends_are_all_answered()
    {
        for (int round = 0; round < 20; round++)
        {
            Job job = await Job.StartAsync(Accounts(new ScriptedSource<Transfer>().Add(new Transfer("a", 4))), Store.InMemory(),
                Runs.Quick);
            Task[] questions = [.. Enumerable.Range(0, 50).Select(n => job.Entity<string, Account>(new("accounts"), $"k{n}").AskAsync())];
            Task end = round % 2 == 0 ? job.CrashAsync() : job.StopAsync();
            Task[] late = [.. Enumerable.Range(0, 50).Select(n => job.Entity<string, Account>(new("accounts"), $"k{n}").AskAsync())];
            await end.WaitAsync(Limits.Test);
            foreach (Task question in questions.Concat(late))
                await Task.WhenAny(question).WaitAsync(Limits.Test);
            Assert.All(questions.Concat(late).Where(question => question.IsFaulted),
                question => Assert.IsType<JobException>(question.Exception!.InnerException));
            await job.CrashAsync();
        }
    }
}
