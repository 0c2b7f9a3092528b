using ActorStreams.Authoring;
using Akka.Actor;

namespace ActorStreams.Actors.Tests.Entities;

/// <summary>What a customer orders: a row of the stream, and a command to the customer's account.</summary>
internal sealed record Order(string Id, string Customer, long Cents);

/// <summary>An order that the credit covers.</summary>
internal sealed record Charged(string Id, string Customer, long Cents);

/// <summary>What a customer owes, and the last order of his: one that comes twice is known.</summary>
internal sealed record Account(long Owed, string Last)
{
    public Account()
        : this(0, "")
    {
    }
}

/// <summary>A job with an event-sourced account for each customer, whose charges are a table of its store.</summary>
internal sealed class Accounts
{
    public const long Credit = 100;

    public static readonly EntityHandle<string, Account> Handle = new("accounts");

    /// <summary>Customers whose orders make the attempt fail, once each.</summary>
    private readonly HashSet<string> _failing = [];

    public Ingress<Order> Orders { get; } = new();

    public MemoryStore Store { get; } = ActorStreams.Store.InMemory();

    /// <summary>Completes with the first restart.</summary>
    public TaskCompletionSource Restarted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Epochs end when somebody asks for one, and not by themselves.</summary>
    public JobOptions WhenAsked => CopyingJobs.Quick with
    {
        EpochInterval = TimeSpan.FromHours(1),
        OnNotice = notice =>
        {
            if (notice.Kind == JobNoticeKind.Restarting)
                Restarted.TrySetResult();
        },
    };

    /// <summary>The charges that are committed.</summary>
    public IEnumerable<string> Charges => Store.ReadTable("charges").Select(row => (string)row[0]!).Order(StringComparer.Ordinal);

    public Task<Job> StartAsync(ActorSystem system, JobOptions? options = null, Store? store = null) =>
        Job.StartAsync(Build(), store ?? Store, (options ?? WhenAsked) with { System = system }).WaitAsync(Limits.Test);

    /// <summary>Has the attempt fail, and waits until the next one is about to begin.</summary>
    public async Task FailOnceAsync()
    {
        _failing.Add("fail");
        _ = Orders.TellAsync(new Order("fail", "fail", 0));
        await Restarted.Task.WaitAsync(Limits.Test);
    }

    public Pipeline Pipeline => Build();

    private Pipeline Build()
    {
        var pipeline = Pipeline.Create("shop");
        pipeline.Read("orders", Orders).Filter(order => !_failing.Remove(order.Customer) ? order.Customer != "fail" : throw new IOException("the attempt fails"))
            .KeyBy(order => order.Customer)
            .EventSourced<Account, Charged>(Handle.Operator, Decide, (account, charged) => new Account(account.Owed + charged.Cents, charged.Id))
            .Write("charges", Sinks.Table<Charged>("charges", table => table
                .Column("id", charged => charged.Id)
                .Column("cents", charged => charged.Cents)));
        return pipeline;
    }

    private static IEnumerable<Charged> Decide(Account account, Order order)
    {
        if (order.Cents < 0)
            throw new InvalidOperationException("a negative amount");
        bool isKnown = account.Last == order.Id, isCovered = account.Owed + order.Cents <= Credit;
        return isKnown || !isCovered ? [] : [new Charged(order.Id, order.Customer, order.Cents)];
    }
}

/// <summary>What tests tell the actor of entities.</summary>
internal static class Asking
{
    /// <summary>The current state of an account.</summary>
    public static async Task<Account> CurrentAsync(this IActorRef accounts, string customer) =>
        (await accounts.Ask<EntityState<Account>>(new EntityEnvelope(customer, new GetState<Account>()), Limits.Test)).Value!;

    /// <summary>The account as it is committed, and the epoch.</summary>
    public static async Task<(Account Account, long Epoch)> CommittedAsync(this IActorRef accounts, string customer)
    {
        var state = await accounts.Ask<EntityState<Account>>(new EntityEnvelope(customer, new GetState<Account>(EntityConsistency.Committed)), Limits.Test);
        return (state.Value!, state.Epoch!.Value);
    }

    /// <summary>Gives a command and waits until it is durable.</summary>
    public static Task<CommandCommitted<Charged>> GiveAsync(this IActorRef accounts, Order order, bool isUrgent = true) =>
        accounts.Ask<CommandCommitted<Charged>>(new EntityEnvelope(order.Customer, order) { IsUrgent = isUrgent }, Limits.Test);

    /// <summary>Why a message was refused.</summary>
    public static async Task<string> RefusedAsync(this IActorRef actor, object message) =>
        (await Assert.ThrowsAsync<JobException>(() => actor.Ask<object>(message, Limits.Test))).Message;
}
