using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>The entities of a job are asked, and given commands, from every node of the cluster, as in one process.</summary>
public sealed class EntitiesOfNodesSpec
{
    private const string Streams = "akka.cluster.roles = [streams]\nactorstreams.cluster.job.role = streams";
    private const string Front = "akka.cluster.roles = [front]\nactorstreams.cluster.job.role = streams";

    private static readonly JobOptions s_options =
        new() { Parallelism = 4, EpochInterval = TimeSpan.FromMilliseconds(200), RetainEpochs = 1_000 };   // however slow the machine is

    private readonly AccountsOfNodes _accounts = new();
    private readonly MemoryStore _store = new();

    [Fact]
    public async Task Entities_are_reached_from_every_node_and_from_a_proxy_of_another_role()
    {
        await using var cluster = new ClusterOfNodes();
        Task<ClusterJob> first = StartAsync(await cluster.JoinAsync(Streams)), second = StartAsync(await cluster.JoinAsync(Streams));
        ActorSystem front = await cluster.JoinAsync(Front);
        ClusterJob proxy = await ClusterJob.ProxyAsync(front, _accounts.Build(), _store, s_options);
        ClusterJob[] jobs = [await first, await second, proxy];
        IActorRef[] accounts = [.. jobs.Select(static job => job.Entities(AccountsOfNodes.Handle))];

        // Each customer orders at one node and is asked for at another: the instances of both nodes have some of them.
        CommandCommitted<Decision>[] answers = await Task.WhenAll(Enumerable.Range(0, 24)
            .Select(number => accounts[number % 3].GiveAsync(new Order($"{number}", $"c{number}", number))));
        Assert.All(answers, static (answer, number) =>
        {
            Assert.Equal($"c{number}", answer.Key);
            Assert.Equal(new Charged($"{number}", $"c{number}", number), Assert.Single(answer.Events));
            Assert.True(answer.Epoch > 0);
        });
        for (int number = 0; number < 24; number++)
        {
            EntityRef<string, Account> asked = jobs[(number + 1) % 3].Entity(AccountsOfNodes.Handle, $"c{number}");
            Assert.Equal(new Open(number, 1), await asked.AskAsync());
            Assert.Equal(new Open(number, 1), await asked.AsOfAsync(answers[number].Epoch));
            Assert.Equal(new Open(number, 1), (await accounts[(number + 2) % 3].CommittedAsync($"c{number}")).Account);
        }

        Assert.Equal(new Empty(), await accounts[2].CurrentAsync("nobody"));
        await RefusesWhatCannotBeDoneAsync(jobs, accounts[2]);

        await jobs[0].StopAsync();
        await proxy.Completion;
        Assert.Contains("the job has ended", (await accounts[2].RefusedAsync(new EntityEnvelope("c1", new GetState<Account>()))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_happens_once_where_an_instance_is_lost_and_is_in_doubt_where_the_coordinator_is()
    {
        await using ClusterOfNodes cluster = await ClusterOfNodes.StartAsync(4);       // the majority lives on when two are lost in turn
        JobOptions options = s_options with { EpochInterval = TimeSpan.FromHours(1) };
        ClusterJob[] jobs = await Task.WhenAll(cluster.Systems.Select(system => StartAsync(system, options)));
        IActorRef accounts = jobs[1].Entities(AccountsOfNodes.Handle);

        // They are taken, and not committed, when the node of some of them is lost.
        Task<CommandCommitted<Decision>>[] given = [.. Enumerable.Range(0, 24)
            .Select(number => accounts.GiveAsync(new Order($"{number}", $"c{number}", 1), isUrgent: false))];
        for (int number = 0; number < 24; number++)
            Assert.Equal(new Open(1, 1), await accounts.CurrentAsync($"c{number}"));
        await cluster.KillAsync(cluster.Systems[2]);
        await accounts.GiveAsync(new Order("last", "other", 1));                       // asks for an epoch, which has all of them
        await Task.WhenAll(given);
        Assert.Equal(25, _store.ReadTable("decisions").Count());
        Assert.Equal(new Open(1, 1), await accounts.CurrentAsync("c7"));

        // One that only the coordinator knows of, and the coordinator is lost.
        Task<CommandCommitted<Decision>> lost = accounts.GiveAsync(new Order("lost", "c7", 1), isUrgent: false);
        Assert.Equal(new Open(2, 2), await accounts.CurrentAsync("c7"));
        await cluster.KillAsync(cluster.Systems[0]);
        JobException error = await Assert.ThrowsAsync<JobException>(() => lost);
        Assert.True(error.IsInDoubt);
        Assert.Contains("not known to be durable: give it again", error.Message, StringComparison.Ordinal);
        Assert.Equal(new Open(1, 1), await accounts.CurrentAsync("c7"));               // by the next coordinator
    }

    private async Task RefusesWhatCannotBeDoneAsync(ClusterJob[] jobs, IActorRef accounts)
    {
        JobException thrown = await accounts.RefusedAsync(new EntityEnvelope("ann", new Order("1", "ann", -1)));
        Assert.Equal("Pipeline 'shop': InvalidOperationException: a negative amount", thrown.Message);
        Assert.False(thrown.IsInDoubt);
        Assert.Contains("takes commands of type", (await accounts.RefusedAsync(new EntityEnvelope("ann", "an order"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("has keys of type", (await accounts.RefusedAsync(new EntityEnvelope(1, new GetState<Account>()))).Message,
            StringComparison.Ordinal);
        Assert.Contains("cannot be read as what was asked for",
            (await accounts.RefusedAsync(new EntityEnvelope("c1", new GetState<int>()))).Message, StringComparison.Ordinal);
        Assert.Throws<JobException>(() => jobs[2].Entities(new EntityHandle<string, Account>("orders")));
        Assert.Throws<JobException>(() => jobs[2].Entities(new EntityHandle<int, Account>("accounts")));
        Assert.Throws<JobException>(() => jobs[2].Entities(new EntityHandle<string, Account>("accounts", "balance")));
    }

    private Task<ClusterJob> StartAsync(ActorSystem system) => StartAsync(system, s_options);

    private Task<ClusterJob> StartAsync(ActorSystem system, JobOptions options) =>
        ClusterJob.StartAsync(system, _accounts.Build(), _store, options);
}
