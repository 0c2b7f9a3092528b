using ActorStreams.Authoring;
using Akka.Actor;
using static ActorStreams.Actors.Tests.CopyingJobs;

namespace ActorStreams.Actors.Tests.Entities;

/// <summary>An event-sourced entity takes a command by message: whoever gives it is answered once its events are durable. A command that
/// was answered has happened once, whatever fails; one that was not may have happened, and is given again with an id that the entity
/// knows.</summary>
public sealed class CommandsByMessageSpec : IAsyncLifetime
{
    private readonly ActorSystem _system = NewSystem();
    private readonly Accounts _shop = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task A_command_is_answered_with_its_events_once_they_are_durable()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);

        CommandCommitted<Charged> answer = await accounts.GiveAsync(new Order("1", "ann", 60));

        Assert.Equal(new Charged("1", "ann", 60), Assert.Single(answer.Events));
        Assert.Equal("ann", answer.Key);
        Assert.Equal(answer.Epoch, job.Epoch);
        Assert.Equal(["1"], _shop.Charges);
        Assert.Equal(new Account(60, "1"), await accounts.CurrentAsync("ann"));
    }

    [Fact]
    public async Task What_an_entity_refuses_is_a_command_without_events_and_one_that_throws_leaves_no_trace()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);

        Assert.Empty((await accounts.GiveAsync(new Order("1", "ann", Accounts.Credit + 1))).Events);
        string thrown = await accounts.RefusedAsync(new EntityEnvelope("ann", new Order("2", "ann", -1)));

        Assert.Equal("Pipeline 'shop': InvalidOperationException: a negative amount", thrown);
        Assert.Equal(new Account(0, ""), await accounts.CurrentAsync("ann"));
        Assert.Single((await accounts.GiveAsync(new Order("3", "ann", 5))).Events);
    }

    [Fact]
    public async Task A_command_that_is_not_urgent_waits_for_an_epoch_and_is_current_but_not_committed_meanwhile()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);
        Task<CommandCommitted<Charged>> answer = accounts.GiveAsync(new Order("1", "ann", 60), isUrgent: false);

        Assert.Equal(new Account(60, "1"), await accounts.CurrentAsync("ann"));
        Assert.Equal((new Account(0, ""), 0), await accounts.CommittedAsync("ann"));
        Assert.False(answer.IsCompleted);

        long epoch = await job.CommitAsync().WaitAsync(Limits.Test);
        Assert.Equal(epoch, (await answer).Epoch);
        Assert.Equal((new Account(60, "1"), epoch), await accounts.CommittedAsync("ann"));
    }

    [Fact]
    public async Task A_command_that_was_not_committed_when_its_attempt_failed_is_given_to_the_next_one_and_happens_once()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);
        Task<CommandCommitted<Charged>> answer = accounts.GiveAsync(new Order("1", "ann", 60), isUrgent: false);
        Assert.Equal(new Account(60, "1"), await accounts.CurrentAsync("ann"));

        await _shop.FailOnceAsync();

        Assert.Equal(new Account(60, "1"), await accounts.CurrentAsync("ann"));   // by the next attempt
        Assert.Equal(1, job.Restarts);
        Assert.False(answer.IsCompleted);
        await job.CommitAsync().WaitAsync(Limits.Test);
        Assert.Single((await answer).Events);
        Assert.Equal(["1"], _shop.Charges);
    }

    [Fact]
    public async Task After_a_crash_a_command_that_was_not_answered_is_given_again_and_one_that_was_is_known()
    {
        Job job = await _shop.StartAsync(_system);
        IActorRef before = job.Entities(Accounts.Handle);
        await before.GiveAsync(new Order("1", "ann", 60));
        Task<string> lost = before.RefusedAsync(new EntityEnvelope("ann", new Order("2", "ann", 5)) { IsUrgent = false });
        Assert.Equal(new Account(65, "2"), await before.CurrentAsync("ann"));
        await job.DisposeAsync();                                                 // as a crash: without a last epoch
        Assert.Contains("not known to be durable: give it again", await lost, StringComparison.Ordinal);

        await using Job again = await _shop.StartAsync(_system);
        IActorRef accounts = again.Entities(Accounts.Handle);
        Assert.Equal(new Account(60, "1"), await accounts.CurrentAsync("ann"));
        Assert.Empty((await accounts.GiveAsync(new Order("1", "ann", 60))).Events);
        Assert.Single((await accounts.GiveAsync(new Order("2", "ann", 5))).Events);
        Assert.Empty((await accounts.GiveAsync(new Order("2", "ann", 5))).Events);
        Assert.Equal(["1", "2"], _shop.Charges);
    }

    [Fact]
    public async Task A_job_that_is_stopped_answers_what_its_last_epoch_holds()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);
        Task<CommandCommitted<Charged>> answer = accounts.GiveAsync(new Order("1", "ann", 60), isUrgent: false);
        await accounts.CurrentAsync("ann");

        await job.StopAsync().WaitAsync(Limits.Test);

        Assert.Equal(1, (await answer).Epoch);
        Assert.Equal(["1"], _shop.Charges);
    }

    [Fact]
    public async Task A_command_that_nobody_waits_for_is_taken_and_a_question_that_nobody_asks_is_not()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);

        accounts.Tell(new EntityEnvelope("ann", new Order("1", "ann", 60)), ActorRefs.NoSender);
        accounts.Tell(new EntityEnvelope("ann", new GetState<Account>()), ActorRefs.NoSender);
        accounts.Tell(new EntityEnvelope("ann", new Order("2", "bob", 60)), ActorRefs.NoSender);   // refused: told in the log

        Assert.Equal(new Account(60, "1"), await accounts.CurrentAsync("ann"));
        Assert.Equal(new Account(0, ""), await accounts.CurrentAsync("bob"));
    }

    [Fact]
    public async Task Many_senders_while_attempts_fail_are_each_answered_once()
    {
        const int Orders = 400, Customers = 40;
        await using Job job = await _shop.StartAsync(_system, _shop.WhenAsked with
        {
            EpochInterval = TimeSpan.FromMilliseconds(10),
            Restart = new RestartPolicy(int.MaxValue, TimeSpan.Zero, TimeSpan.Zero),
        });
        IActorRef accounts = job.Entities(Accounts.Handle);
        var answers = new List<Task<CommandCommitted<Charged>>>();
        for (int order = 0; order < Orders; order++)
        {
            answers.Add(accounts.GiveAsync(new Order($"{order:D4}", $"c{order % Customers}", 1)));
            if (order is 100 or 300)
            {
                foreach (IActorRef stage in ((ActorRefWithCell)_system.ActorStreams().ActorOf(job)).Children.Where(IsStage))
                    stage.Tell(Kill.Instance);
            }
        }

        await Task.WhenAll(answers).WaitAsync(Limits.Test);
        Assert.All(answers, answer => Assert.Single(answer.Result.Events));
        Assert.Equal(Enumerable.Range(0, Orders).Select(order => $"{order:D4}"), _shop.Charges);
        Assert.Equal(Orders / Customers, (await accounts.CurrentAsync("c0")).Owed);
    }

    [Fact]
    public async Task A_job_whose_input_has_ended_takes_no_commands_and_answers_questions()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);
        await accounts.GiveAsync(new Order("1", "ann", 60));
        await job.DrainAsync().WaitAsync(Limits.Test);

        Assert.Contains("takes no commands any more", await accounts.RefusedAsync(new EntityEnvelope("ann", new Order("2", "ann", 1))), StringComparison.Ordinal);
        Assert.Equal(new Account(60, "1"), await accounts.CurrentAsync("ann"));

        await job.DisposeAsync();
        await using Job again = await new Accounts().StartAsync(_system, store: _shop.Store);
        Assert.Contains("the job is complete",
            await again.Entities(Accounts.Handle).RefusedAsync(new EntityEnvelope("ann", new Order("2", "ann", 1))), StringComparison.Ordinal);
    }

    private static bool IsStage(IActorRef child) => !child.Path.Name.StartsWith("entities-", StringComparison.Ordinal);
}
