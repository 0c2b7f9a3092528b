using ActorStreams.Actors.Jobs;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Entities;
using ActorStreams.Cluster.Ingresses;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>Hands rows that are told to an ingress of this node on to the node whose ingress is read in the attempt, and tells those who
/// wait once their rows are durable.</summary>
/// <remarks>
/// <para>A row that was given to a node is that node's to keep until it is durable, also when another one's ingress is read after: it hands
/// it on itself. Rows are numbered, so that each is taken once and in order, and what is lost with a connection is sent again.</para>
/// <para>Where the node that was given rows is lost, nobody knows whether they were committed: whoever waits is told so
/// (<see cref="JobException.IsInDoubt"/>). Rows that had not been given to it go to the next.</para>
/// </remarks>
internal sealed class IngressSender : UntypedActor
{
    /// <summary>After so many tidings of the job a row has waited for long.</summary>
    private const int LongWait = 5;

    private const int MostAsked = 1_000;

    private readonly string _pipeline;
    private readonly StreamNode _node;
    private readonly ISharedIngress _ingress;
    private readonly TimeProvider _clock;
    private readonly Dictionary<IActorRef, Given> _given = [];
    private readonly int _mostBytes = FrameLimit.Of(Context.System);
    private IReadOnlyList<string> _nodes = [];
    private IActorRef? _reader;
    private long _attempt;
    private long? _committed;
    private bool _isListening;
    private int _endTidings;

    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="node">The source.</param>
    /// <param name="clock">The time.</param>
    public IngressSender(string pipeline, StreamNode node, TimeProvider clock) =>
        (_pipeline, _node, _ingress, _clock) = (pipeline, node, ((ISourceNode)node).SharedIngress!, clock);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case JobTidings tidings:
                OnTidings(tidings.State);
                break;
            case IngressRead read when read.Attempt == _attempt && _reader is null:
                (_reader, _committed) = (Sender, read.Committed);
                HandOver();
                break;
            case IngressRead:
                break;                                  // asked twice, or of an attempt that is over
            case RowsTold:
                _isListening = false;
                HandOver();
                break;
            case IngressEnded ended when _given.TryGetValue(Sender, out Given? given) && given.Rows.Remove(ended.Number, out Row? row):
                row.Handed.End(ended.Refusal.Length == 0 ? null : new JobException(ended.Refusal));
                break;
            case IngressEnded:
                break;                                  // told twice
            case IngressMissing missing when _given.TryGetValue(Sender, out Given? given):
                foreach ((long number, Row row) in given.Rows)
                {
                    if (number >= missing.Number)
                        Send(Sender, number, row);
                }

                break;
            case Terminated gone:
                Lose(gone.ActorRef, "the node that was given the row was lost");
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        foreach (IActorRef node in _given.Keys.ToArray())
            Lose(node, "this node takes part in the job no more");
    }

    private void OnTidings(JobState state)
    {
        foreach ((IActorRef node, Given given) in _given)
        {
            long[] waiting = [.. given.Rows.Where(row => ++row.Value.Tidings >= LongWait || state.IsEnd).Select(static row => row.Key)
                .Take(MostAsked)];
            if (waiting.Length > 0)
                node.Tell(new IngressWaiting(_node.Name, waiting), Self);
        }

        if (state.IsEnd)
        {
            OnEnd(state);
            return;
        }

        if (state.Phase != JobPhase.Running || state.Instances.Count == 0)
            return;
        if (state.Attempt != _attempt)
        {
            (_attempt, _reader) = (state.Attempt, null);
            _nodes = [.. state.Instances.Select(static one => one.Node).Distinct(StringComparer.Ordinal)];
        }

        if (_reader is not null)
            return;
        foreach (string node in _nodes)
        {
            Context.ActorSelection($"{node[..node.LastIndexOf('#')]}/user/{NodeNames.NodeOf(ActorNames.Of(_pipeline))}")
                .Tell(new IngressHello(_attempt, _node.Name, _ingress.Id), Self);
        }
    }

    /// <summary>Gives what was told to the node that reads, and listens for more. On that node itself there is nothing to do.</summary>
    private void HandOver()
    {
        if (_reader is not { } reader || reader is IInternalActorRef { IsLocal: true })
            return;
        foreach (HandedRow handed in _ingress.HandOver(_attempt, _committed))
        {
            if (handed.Bytes.Length > _mostBytes)
            {
                handed.End(new JobException($"Pipeline '{_pipeline}', source '{_node.Name}': " +
                    FrameLimit.Text("the row", handed.Bytes.Length, _mostBytes)));
                continue;
            }

            if (!_given.TryGetValue(reader, out Given? given))
            {
                _given.Add(reader, given = new Given());
                Context.Watch(reader);
            }

            var row = new Row(handed);
            given.Rows.Add(++given.Last, row);
            Send(reader, given.Last, row);
        }

        if (_isListening)
            return;
        _isListening = true;
        IActorRef self = Self;
        _ = _ingress.ToldAsync().ContinueWith(_ => self.Tell(RowsTold.Now, ActorRefs.NoSender), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Send(IActorRef node, long number, Row row)
    {
        row.Tidings = 0;
        node.Tell(new IngressGiven(_node.Name, number, row.Handed.IsUrgent, row.Handed.Bytes), Self);
    }

    /// <summary>The last epoch is committed, and those who were given rows say what has become of them; what nobody says anything of is in
    /// doubt.</summary>
    private void OnEnd(JobState state)
    {
        _reader = null;
        if (++_endTidings == LongWait)
        {
            foreach (IActorRef node in _given.Keys.ToArray())
                Lose(node, "the job has ended");
        }

        if (_endTidings == 2)
        {
            ((ISourceNode)_node).OnJobEnded(
                new SourceContext(_pipeline, _node.Name, _clock) { CompleteSince = state.Phase == JobPhase.Completed ? state.Epoch : null },
                state.Phase == JobPhase.Failed ? new JobException(state.Text) : null);
        }
    }

    private void Lose(IActorRef node, string why)
    {
        if (!_given.Remove(node, out Given? given))
            return;
        if (node.Equals(_reader))
            _reader = null;
        foreach (Row row in given.Rows.Values)
        {
            row.Handed.End(new JobException($"Pipeline '{_pipeline}', source '{_node.Name}': {why} before the row was acknowledged. Whether " +
                "it is durable is not known: tell it again, with an id that a later operator can recognise.")
            { IsInDoubt = true });
        }
    }

    private sealed class Given
    {
        public long Last { get; set; }

        public SortedDictionary<long, Row> Rows { get; } = [];
    }

    private sealed class Row(HandedRow handed)
    {
        public HandedRow Handed => handed;

        /// <summary>How often something was heard of the job since it was sent.</summary>
        public int Tidings { get; set; }
    }

    private sealed class RowsTold : INoSerializationVerificationNeeded
    {
        public static readonly RowsTold Now = new();
    }
}
