using ActorStreams.Authoring;
using ActorStreams.Cluster.Links;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Records;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>An attempt on several nodes: each has an instance that sends and one that receives, and every sender has a lane to every
/// receiver. Rows say who has sent them, to whom, and with which number.</summary>
internal sealed class Mesh
{
    public const int LaneBatches = 4, BatchRows = 32;

    public readonly record struct Row(int Sender, int Receiver, long Number);

    private readonly SimulatedHost _host;

    public Mesh(SimulatedHost host, SimulatedNetwork network, LinkPort[] ports, long attempt, int messages)
    {
        _host = host;
        var addresses = ports.ToDictionary(port => port.Node, port => port.Address);
        Nodes = [.. ports.Select((port, number) => new Node(this, number, ports, messages))];
        foreach (Node node in Nodes)
        {
            node.Links = AttemptLinks.Prepare(ports[node.Number], "job", attempt, node.Instances, addresses, network, host, Limits,
                host.Clock,
                node.News.Add);
        }
    }

    public static LinkLimits Limits { get; } = new() { SendBytes = 3_000 };

    public Node[] Nodes { get; }

    /// <summary>Opens all links.</summary>
    public void Open() => OnEach(node => node.Links.OpenAsync());

    /// <summary>Lets something asynchronous come to its end on all nodes.</summary>
    public void OnEach(Func<Node, Task> work) => _host.Run(async () =>
    {
        foreach (Task one in Nodes.Select(work).ToArray())
            await one;                              // not WhenAll, which would go on on the thread pool
    });

    /// <summary>One node of the attempt.</summary>
    internal sealed class Node
    {
        private readonly Mesh _mesh;
        private readonly Outlet[] _outlets;
        private readonly long[] _sent;
        private readonly BatchPool<Row> _pool = new(BatchRows, withPositions: true, withSourceWatermarks: true);
        private readonly StagePlace _sender, _receiver;
        private int _left;

        public Node(Mesh mesh, int number, LinkPort[] ports, int messages)
        {
            (_mesh, Number, _left) = (mesh, number, messages);
            Inbox[] senders = [.. ports.Select(_ => new Inbox())], receivers = [.. ports.Select(_ => new Inbox())];
            var outlets = new Outlet[ports.Length, ports.Length];
            for (int receiver = 0; receiver < ports.Length; receiver++)
            {
                var port = new InputPort<Row>(new Ignore<Row>(), _pool, granularity: 1);
                for (int sender = 0; sender < ports.Length; sender++)
                    outlets[sender, receiver] = receivers[receiver].AddLane(senders[sender], port, LaneBatches);
            }

            Instances =
            [
                .. senders.Select((inbox, at) => new LinkInstance($"1/{at}", ports[at].Node, inbox)),
                .. receivers.Select((inbox, at) => new LinkInstance($"2/{at}", ports[at].Node, inbox)),
            ];
            _outlets = [.. Enumerable.Range(0, ports.Length).Select(receiver => outlets[number, receiver])];
            _sent = new long[ports.Length];
            Taken = [.. ports.Select(_ => new List<long>())];
            Sender = senders[number];
            Receiver = receivers[number];
            _sender = mesh._host.Open("sender", message =>
            {
                Sender.Take(message);
                Send();
            });
            _receiver = mesh._host.Open("receiver", message =>
            {
                if (message is not string)
                    Receiver.Take(message);
                Take();
            });
            Sender.Open(_sender);
            Receiver.Open(_receiver);
        }

        public int Number { get; }

        public Inbox Sender { get; }

        public Inbox Receiver { get; }

        public IReadOnlyList<LinkInstance> Instances { get; }

        public AttemptLinks Links { get; set; } = null!;

        public List<LinkNews> News { get; } = [];

        /// <summary>The numbers of the rows that were taken, by sender.</summary>
        public List<long>[] Taken { get; }

        /// <summary>How many rows it has sent to each receiver.</summary>
        public IReadOnlyList<long> Sent => _sent;

        public bool HasSentAll => _left == 0;

        public void Start() => _sender.RunAsync(Send);

        private void Send()
        {
            Random random = _mesh._host.Random;
            while (_left > 0)
            {
                int to = random.Next(_outlets.Length);
                int count = random.Next(1, BatchRows + 1);
                Batch<Row> batch = _pool.Rent();
                for (int row = 0; row < count; row++)
                {
                    batch.Rows[row] = new Row(Number, to, _sent[to] + row);
                    batch.Times[row] = _sent[to] + row;
                    batch.Positions![row] = row;
                    batch.SourceWatermarks!.Begin(row, random.Next(3));
                    batch.Count++;
                }

                bool isWatermark = random.Next(8) == 0;
                if (!_outlets[to].TrySend(isWatermark ? LaneMessage.Watermark(_sent[to]) : new LaneMessage(MessageKind.Batch, batch, 0)))
                    return;
                _sent[to] += isWatermark ? 0 : count;
                _left--;
            }
        }

        /// <summary>Takes some of what is there: a region that is slow gives credit late.</summary>
        private void Take()
        {
            Random random = _mesh._host.Random;
            for (int left = random.Next(4); left > 0 && Receiver.TryRead(out Lane lane, out LaneMessage message); left--)
            {
                List<long> taken = Taken[lane.Index];
                if (message.Batch is not Batch<Row> batch)
                {
                    Assert.Equal(taken.Count, message.Value);       // a watermark stays at its place among the rows
                    continue;
                }

                for (int row = 0; row < batch.Count; row++)
                {
                    Assert.Equal((lane.Index, Number), (batch.Rows[row].Sender, batch.Rows[row].Receiver));
                    Assert.Equal(batch.Rows[row].Number, batch.Times[row]);
                    taken.Add(batch.Rows[row].Number);
                }

                _pool.Return(batch);
            }

            if (Receiver.Lanes.Any(lane => lane.Count > 0))
                _receiver.Tell("go on");
        }
    }
}
