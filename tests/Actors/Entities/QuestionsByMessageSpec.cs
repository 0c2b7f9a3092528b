using ActorStreams.Authoring;
using Akka.Actor;
using static ActorStreams.Actors.Tests.CopyingJobs;

namespace ActorStreams.Actors.Tests.Entities;

/// <summary>Any actor asks an entity by message, for its current or its committed state, and is answered: by the state, or by a failure
/// that says what is wrong.</summary>
public sealed class QuestionsByMessageSpec : IAsyncLifetime
{
    private readonly ActorSystem _system = NewSystem();
    private readonly Accounts _shop = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task The_current_state_and_the_committed_one_are_answered_as_asked()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);
        await _shop.Orders.TellNowAsync(new Order("1", "ann", 60)).WaitAsync(Limits.Test);

        Assert.Equal("/user/actorstreams/shop/entities-accounts", accounts.Path.ToStringWithoutAddress());
        Assert.Equal(new Account(60, "1"), await accounts.CurrentAsync("ann"));
        Assert.Equal((new Account(60, "1"), job.Epoch), await accounts.CommittedAsync("ann"));
        Assert.Equal(new Account(0, ""), await accounts.CurrentAsync("nobody"));
        Assert.Equal((new Account(0, ""), job.Epoch), await accounts.CommittedAsync("nobody"));
    }

    [Fact]
    public async Task An_actor_asks_and_is_answered_as_by_any_other()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef desk = _system.ActorOf(Props.Create<Desk>(job.Entities(Accounts.Handle)));

        Assert.Equal("taken: 60", await desk.Ask<string>(new Order("1", "ann", 60), Limits.Test));
        Assert.Equal("refused: 60", await desk.Ask<string>(new Order("2", "ann", 60), Limits.Test));
    }

    [Fact]
    public async Task Many_ask_for_committed_states_at_once()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);
        await _shop.Orders.TellNowAsync([.. Enumerable.Range(0, 100).Select(n => new Order($"{n}", $"c{n}", n))]).WaitAsync(Limits.Test);

        (Account Account, long)[] states = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => accounts.CommittedAsync($"c{n}")));

        Assert.Equal(Enumerable.Range(0, 100).Select(n => (long)n), states.Select(state => state.Account.Owed));
    }

    [Fact]
    public async Task The_actor_of_the_job_takes_messages_that_name_their_operator()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef actor = _system.ActorStreams().ActorOf(job);   // what IRequiredActor<ShopPipeline> gives
        await job.Entities(Accounts.Handle).GiveAsync(new Order("1", "ann", 60));

        var named = new EntityEnvelope("ann", new GetState<Account>()) { Operator = "accounts" };
        Assert.Equal(60, (await actor.Ask<EntityState<Account>>(named, Limits.Test)).Value!.Owed);
        Assert.Contains("names no operator. Set EntityEnvelope.Operator to one of the keyed operators: 'accounts'",
            await actor.RefusedAsync(named with { Operator = null }), StringComparison.Ordinal);
        Assert.Contains("names operator 'charges', which is not keyed or not there",
            await actor.RefusedAsync(named with { Operator = "charges" }), StringComparison.Ordinal);
        Assert.Contains("for operator 'charges', and was told to the entities of 'accounts'",
            await job.Entities(Accounts.Handle).RefusedAsync(named with { Operator = "charges" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_of_the_wrong_type_is_refused_and_the_message_says_what_is_right()
    {
        await using Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);
        await accounts.GiveAsync(new Order("1", "ann", 60));

        await Refuses(new EntityEnvelope(5, new GetState<Account>()), "has keys of type System.String, and '5' is a System.Int32");
        await Refuses(new EntityEnvelope("ann", new GetState<int>()), "The state is a ActorStreams.Actors.Tests.Entities.Account, not a System.Int32");
        await Refuses(new EntityEnvelope("ann", new GetState<Account>(State: "balance")), "has no state 'balance'; it has 'state'");
        await Refuses(new EntityEnvelope("ann", new GetState<Account>(EntityConsistency.Committed, "balance")), "has no state 'balance'");
        await Refuses(new EntityEnvelope("ann", "a word"), $"takes commands of type {typeof(Order)}, and this one is a System.String");
        await Refuses(new EntityEnvelope("ann", new Order("1", "bob", 1)), "addressed to 'ann', and its key is 'bob'");
        await Refuses("a word", "take an EntityEnvelope with a key and a question or command, not a System.String");
        Assert.Throws<JobException>(() => job.Entities(new EntityHandle<string, Account>("orders")));
        Assert.Throws<JobException>(() => job.Entities(new EntityHandle<int, Account>("accounts")));
        Assert.Throws<JobException>(() => job.Entities(new EntityHandle<string, Account>("accounts", "balance")));

        async Task Refuses(object message, string why) =>
            Assert.Contains(why, await accounts.RefusedAsync(message), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_that_are_not_event_sourced_answer_questions_and_take_no_commands()
    {
        var pages = new Ingress<string>();
        var pipeline = Pipeline.Create("visits");
        pipeline.Read("pages", pages).KeyBy(page => page).Process("counts", () => new Count()).Write("out", Sinks.ForEach<long>(_ => { }));
        await using Job job = await Job.StartAsync(pipeline, Store.InMemory(), _shop.WhenAsked with { System = _system })
            .WaitAsync(Limits.Test);
        await pages.TellNowAsync("home").WaitAsync(Limits.Test);
        IActorRef counts = job.Entities(new EntityHandle<string, long>("counts", "number"));

        Assert.Equal(1, (await counts.Ask<EntityState<long>>(new EntityEnvelope("home", new GetState<long>()), Limits.Test)).Value);
        Assert.Equal(0, (await counts.Ask<EntityState<long>>(new EntityEnvelope("none", new GetState<long>()), Limits.Test)).Value);
        Assert.Contains("takes no commands, because its entities are not event-sourced",
            await counts.RefusedAsync(new EntityEnvelope("home", "home")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_job_waits_for_its_restart_questions_wait_as_many_as_may()
    {
        Job job = await _shop.StartAsync(_system, _shop.WhenAsked with
        {
            MaxEntityMessages = 2,
            Restart = new RestartPolicy(5, TimeSpan.FromHours(1), TimeSpan.FromHours(1)),
        });
        IActorRef accounts = job.Entities(Accounts.Handle);
        await _shop.FailOnceAsync();

        var question = new EntityEnvelope("ann", new GetState<Account>());
        Task<string>[] waiting = [accounts.RefusedAsync(question), accounts.RefusedAsync(question)];
        Assert.Contains("2 messages to the entities of operator 'accounts' wait for their answers, and no further one is taken",
            await accounts.RefusedAsync(question), StringComparison.Ordinal);
        Assert.All(waiting, one => Assert.False(one.IsCompleted));

        await job.DisposeAsync();
        foreach (string why in await Task.WhenAll(waiting))
            Assert.Contains("the job has ended", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_entities_of_a_job_that_has_ended_say_so_and_those_of_the_next_one_answer()
    {
        Job job = await _shop.StartAsync(_system);
        IActorRef accounts = job.Entities(Accounts.Handle);
        await accounts.GiveAsync(new Order("1", "ann", 60));
        await job.StopAsync().WaitAsync(Limits.Test);
        await job.DisposeAsync();

        Assert.Contains("the job has ended, and the actors of its entities with it",
            await accounts.RefusedAsync(new EntityEnvelope("ann", new GetState<Account>())), StringComparison.Ordinal);
        await using Job again = await _shop.StartAsync(_system);
        Assert.Equal(new Account(60, "1"), await again.Entities(Accounts.Handle).CurrentAsync("ann"));
    }

    [Fact]
    public async Task A_job_without_a_store_has_no_committed_state()
    {
        await using Job job = await _shop.StartAsync(_system, store: Store.Volatile);
        IActorRef accounts = job.Entities(Accounts.Handle);

        Assert.Single((await accounts.GiveAsync(new Order("1", "ann", 60))).Events);
        Assert.Contains("the job has no store",
            await accounts.RefusedAsync(new EntityEnvelope("ann", new GetState<Account>(EntityConsistency.Committed))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_in_the_local_system_are_asked_in_the_same_way()
    {
        await using Job job = await Job.StartAsync(_shop.Pipeline, _shop.Store, _shop.WhenAsked).WaitAsync(Limits.Test);
        Assert.Single((await job.Entities(Accounts.Handle).GiveAsync(new Order("1", "ann", 60))).Events);
    }

    private sealed class Count : ProcessFunction<string, string, long>
    {
        private readonly ValueState<long> _number;

        public Count() => _number = Value<long>("number");

        public override void OnRow(in string row, ProcessContext<string, long> context) => context.Emit(++_number.Value);
    }

    /// <summary>An actor that gives commands, and tells in words what came of them.</summary>
    private sealed class Desk : ReceiveActor
    {
        private IActorRef _customer = ActorRefs.Nobody;
        private bool _isTaken;

        public Desk(IActorRef accounts)
        {
            Receive<Order>(order =>
            {
                _customer = Sender;
                accounts.Tell(new EntityEnvelope(order.Customer, order));
            });
            Receive<CommandCommitted<Charged>>(done =>
            {
                _isTaken = done.Events.Count > 0;
                accounts.Tell(new EntityEnvelope(done.Key, new GetState<Account>()));
            });
            Receive<EntityState<Account>>(account => _customer.Tell($"{(_isTaken ? "taken" : "refused")}: {account.Value!.Owed}"));
        }
    }
}
