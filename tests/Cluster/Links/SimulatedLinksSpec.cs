using ActorStreams.Cluster.Links;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>Links under a network that delays, cuts and falls silent: what is taken is always a beginning of what was sent, a fault is
/// always told, and the next attempt is not disturbed by the one before.</summary>
public sealed class SimulatedLinksSpec
{
    private const int Messages = 150;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 16)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Everything_that_is_sent_is_taken_once_and_in_order(int seed)
    {
        (SimulatedHost host, SimulatedNetwork network, LinkPort[] ports) = Ports(seed, nodes: 2 + (seed % 2));
        var mesh = new Mesh(host, network, ports, attempt: 1, Messages);
        mesh.Open();

        Complete(host, mesh);

        Assert.Equal(ports.Length * (ports.Length - 1), network.Lines.Count);       // one for each pair and direction
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_connection_that_is_cut_or_falls_silent_ends_the_attempt_on_both_nodes_and_the_next_one_is_whole(int seed)
    {
        (SimulatedHost host, SimulatedNetwork network, LinkPort[] ports) = Ports(seed, nodes: 2);
        var mesh = new Mesh(host, network, ports, attempt: 1, 10_000);
        mesh.Open();
        foreach (Mesh.Node node in mesh.Nodes)
            node.Start();
        int rows = host.Random.Next(1, 2_000);
        host.RunUntil(() => mesh.Nodes[0].Taken[1].Count >= rows, TimeSpan.FromMinutes(1));
        SimulatedNetwork.Line line = network.Lines[host.Random.Next(2)];
        bool isSilent = seed % 2 == 0;
        if (isSilent)
            line.IsHalfOpen = true;
        else
            line.Cut();

        host.RunUntil(() => mesh.Nodes.All(node => node.News.Any(news => news.State == LinkState.Failed)), TimeSpan.FromSeconds(30));

        LinkFaultKind expected = isSilent ? LinkFaultKind.Silence : LinkFaultKind.Broken;
        Assert.All(mesh.Nodes, node => Assert.Equal(expected, node.News.First(news => news.Fault is not null).Fault!.Kind));
        CheckBeginnings(mesh);
        mesh.OnEach(node => node.Links.DisposeAsync().AsTask());

        var next = new Mesh(host, network, ports, attempt: 2, Messages);
        next.Open();
        Complete(host, next);
        CheckBeginnings(mesh);
    }

    [Fact]
    public void A_node_that_is_not_there_yet_is_dialled_until_it_is()
    {
        (SimulatedHost host, SimulatedNetwork network, LinkPort[] ports) = Ports(seed: 5, nodes: 2);
        network.IsDown = true;
        var mesh = new Mesh(host, network, ports, attempt: 1, Messages);
        Task[] opening = [];
        host.Run(() =>
        {
            opening = [.. mesh.Nodes.Select(node => node.Links.OpenAsync())];
            return Task.CompletedTask;
        });
        host.RunUntil(() => host.Clock.Elapsed > TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
        Assert.All(opening, task => Assert.False(task.IsCompleted));

        network.IsDown = false;
        host.RunUntil(() => Array.TrueForAll(opening, task => task.IsCompletedSuccessfully), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_node_that_never_comes_fails_the_attempt_after_a_while_and_is_named()
    {
        (SimulatedHost host, SimulatedNetwork network, LinkPort[] ports) = Ports(seed: 5, nodes: 2);
        network.IsDown = true;
        var mesh = new Mesh(host, network, ports, attempt: 1, Messages);

        JobException error = Assert.Throws<JobException>(mesh.Open);

        Assert.Equal("Job 'job', attempt 1: the link to node 'node-1' failed. Node 'node-1' at 127.0.0.1:2 was dialled: Nobody listens " +
            "at 127.0.0.1:2.",
            error.Message);
    }

    private static (SimulatedHost Host, SimulatedNetwork Network, LinkPort[] Ports) Ports(int seed, int nodes)
    {
        var host = new SimulatedHost(seed);
        var network = new SimulatedNetwork(host);
        LinkPort[] ports = [.. Enumerable.Range(0, nodes).Select(number => new LinkPort($"node-{number}", network, host, Mesh.Limits,
            host.Clock))];
        foreach (LinkPort port in ports)
            port.Listen(new LinkAddress("127.0.0.1", 0));
        return (host, network, ports);
    }

    private static void Complete(SimulatedHost host, Mesh mesh)
    {
        foreach (Mesh.Node node in mesh.Nodes)
            node.Start();
        host.RunUntil(() => mesh.Nodes.All(node => node.HasSentAll), TimeSpan.FromMinutes(5));
        mesh.OnEach(node => node.Links.EndAsync());
        host.RunUntil(() => mesh.Nodes.All(to => mesh.Nodes.All(from => to.Taken[from.Number].Count == from.Sent[to.Number])),
            TimeSpan.FromMinutes(1));
        CheckBeginnings(mesh);
        Assert.All(mesh.Nodes, node => Assert.All(node.News, news => Assert.Null(news.Fault)));
        mesh.OnEach(node => node.Links.DisposeAsync().AsTask());
    }

    private static void CheckBeginnings(Mesh mesh) => Assert.All(mesh.Nodes, to => Assert.All(mesh.Nodes, from =>
    {
        List<long> taken = to.Taken[from.Number];
        Assert.Equal(Enumerable.Range(0, taken.Count).Select(number => (long)number), taken);
        Assert.InRange(taken.Count, 0, from.Sent[to.Number]);
    }));
}
