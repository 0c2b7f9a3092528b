using System.Globalization;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>A plan whose instances are spread over nodes computes what it computes on one: instances, lanes, batches and barriers are the
/// kernel's own, and know nothing of links.</summary>
public sealed class PlanOverNodesSpec
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private sealed record Visit(string User, DateTimeOffset At);

    private static readonly Visit[] s_visits =
        [.. Enumerable.Range(0, 6_000).Select(number => new Visit($"user-{number * 7919 % 97}", s_start.AddMilliseconds(number)))];

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    public void Windows_are_the_same_on_several_nodes_as_counted_by_hand(int seed, int count)
    {
        var host = new SimulatedHost(seed);
        var network = new SimulatedNetwork(host);
        LinkPort[] ports = [.. Enumerable.Range(0, count).Select(number =>
            new LinkPort($"node-{number}", network, host, LinkLimits.Default, host.Clock))];
        foreach (LinkPort port in ports)
            port.Listen(new LinkAddress("127.0.0.1", 0));
        Node[] nodes = [.. ports.Select(port => new Node(port, ports, network, host))];
        foreach (Node node in nodes)
            host.Run(node.OpenAsync);

        // The end is a last barrier: once all sources have given all, it goes through all lanes, and every instance reports it.
        host.RunUntil(() => nodes.All(node => node.HaveSourcesEnded), TimeSpan.FromMinutes(1));
        foreach (Node node in nodes)
            node.EndInput();
        host.RunUntil(() => nodes.All(node => node.HaveAllReported), TimeSpan.FromMinutes(1));

        Assert.Equal(
            s_visits.GroupBy(visit => (visit.User, Second: (visit.At - s_start).Seconds)).Select(group =>
                $"{group.Key.User} {group.Key.Second} {group.Count()}")
                .Order(StringComparer.Ordinal),
            nodes.SelectMany(node => node.Results).Order(StringComparer.Ordinal));
        Assert.All(nodes, node => Assert.NotEmpty(node.Results));
        Assert.All(nodes, node => Assert.Empty(node.Faults));
        Assert.Equal(count * (count - 1), network.Lines.Count);
    }

    /// <summary>A node: it builds the whole plan, and runs its own instances.</summary>
    private sealed class Node : IStageRun
    {
        private readonly List<(StageLoop Loop, StagePlace Place)> _own = [];
        private readonly AttemptLinks _links;
        private int _sourcesEnded, _reported;

        public Node(LinkPort port, LinkPort[] ports, SimulatedNetwork network, SimulatedHost host)
        {
            Pipeline pipeline = Pipeline.Create("visits");
            pipeline.Read("visits", Sources.Of(s_visits, partitions: ports.Length))
                .WithEventTime(visit => visit.At, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMilliseconds(10)))
                .KeyBy(visit => visit.User)
                .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1)))
                .Aggregate(visits => visits.Count())
                .Write("results", Sinks.ForEach<WindowResult<string, long>>(
                    result => Results.Add(string.Create(CultureInfo.InvariantCulture,
                        $"{result.Key} {SecondOf(result.Window)} {result.Result}")),
                    ports.Length));
            var options = new JobOptions { Parallelism = ports.Length, Clock = host.Clock, BatchRows = 64 };
            var partitions = new Dictionary<StreamNode, IReadOnlyList<string>>();
            foreach (StreamNode node in pipeline.Nodes.Where(node => node is ISourceNode))
            {
                host.Run(async () => partitions[node] = await RestoreChecks.PartitionsAsync(pipeline, options, store: null, node,
                    (ISourceNode)node,
                    restored: null, CancellationToken.None));
            }

            var build = new JobBuild(new Plan(pipeline, options, partitions), new ShardMap(128, seed: 42), partitions, this,
                new JobViews());
            LinkInstance[] instances = [.. build.Actors.Select(loop =>
                new LinkInstance(loop.Name, ports[loop.Context.Instance % ports.Length].Node, loop.Context.Inbox))];
            foreach (StageLoop loop in build.Actors.Where(loop => ports[loop.Context.Instance % ports.Length] == port))
            {
                StagePlace place = host.Open(loop.Name, loop.Take);
                loop.Context.Inbox.Open(place);
                _own.Add((loop, place));
            }

            _links = AttemptLinks.Prepare(port, "visits", attempt: 1, instances, ports.ToDictionary(other => other.Node, other =>
                other.Address), network,
                host, LinkLimits.Default, host.Clock, news => Faults.AddRange(news.Fault is null ? [] : [news.Fault]));
        }

        public List<string> Results { get; } = [];

        public List<LinkFault> Faults { get; } = [];

        public bool HaveSourcesEnded => _sourcesEnded == _own.Count(own => own.Loop.Source is not null);

        public bool HaveAllReported => _reported == _own.Count;

        public bool IsVolatile => true;

        public async Task OpenAsync()
        {
            Task opening = _links.OpenAsync();
            var start = new StageOpening(null, 0, null, 0);
            foreach ((StageLoop loop, StagePlace place) in _own)
            {
                await place.RunAsync(() => loop.RestoreAsync(start, CancellationToken.None));
                await place.RunAsync(() => loop.OpenAsync(start, CancellationToken.None).AsTask());
            }

            foreach ((StageLoop loop, StagePlace place) in _own)
                _ = opening.ContinueWith(_ => place.RunAsync(() => RunAsync(loop)), TaskScheduler.Current);
        }

        public void EndInput()
        {
            foreach ((StageLoop loop, _) in _own)
            {
                if (loop.Source is not null)
                    loop.Context.Inbox.Tell(new BarrierRequest(1, BarrierKind.End), isUrgent: true);
            }
        }

        public void Report(StageLoop actor, EpochReport report) => _reported++;

        public void OnSourceEnded(StageLoop actor) => _sourcesEnded++;

        public void OnCommitTaken(StageLoop actor)
        {
        }

        public void OnFailed(StageLoop actor, Exception error) => Assert.Fail(error.ToString());

        public void AskForEpoch()
        {
        }

        private static long SecondOf(Window window) => (window.Start / 1_000_000) - s_start.ToUnixTimeSeconds();

        private async Task RunAsync(StageLoop loop)
        {
            try
            {
                await loop.RunAsync(CancellationToken.None);
            }
            catch (Exception error)
            {
                Faults.Add(new LinkFault(LinkFaultKind.None, error.ToString()));
            }
        }
    }
}
