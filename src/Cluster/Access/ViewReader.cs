using ActorStreams.Actors.Jobs;
using ActorStreams.Cluster.Coordination;
using ActorStreams.Cluster.Views;
using ActorStreams.Core.Pipelines;
using Akka.Actor;

namespace ActorStreams.Cluster.Access;

/// <summary>Keeps a copy of a view up to date on a node that reads it: asks each node of the attempt for its part, and then for what each
/// epoch changes.</summary>
/// <param name="pipeline">The pipeline's name.</param>
/// <param name="view">The view's name.</param>
/// <param name="copy">The copy.</param>
internal sealed class ViewReader(string pipeline, string view, IViewCopy copy) : UntypedActor
{
    /// <summary>After so many tidings of the job without a piece, one was lost, or the epoch is long.</summary>
    private const int LongWait = 3;

    private readonly List<Part> _parts = [];
    private long _attempt;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case JobTidings tidings:
                OnTidings(tidings.State);
                break;
            case ViewAnswered answered when answered.Attempt == _attempt && answered.View == view:
                OnAnswered(answered);
                break;
            case ViewAnswered:
                break;                                  // of an attempt that is over
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnTidings(JobState state)
    {
        if (state.Phase == JobPhase.Running && state.Attempt != _attempt && state.Instances.Count > 0)
            Begin(state);
        for (int part = 0; part < _parts.Count; part++)
        {
            if (++_parts[part].Tidings >= LongWait)
                Ask(part);
        }
    }

    private void Begin(JobState state)
    {
        _attempt = state.Attempt;
        _parts.Clear();
        foreach (string node in state.Instances.Select(static one => one.Node).Distinct(StringComparer.Ordinal))
            _parts.Add(new Part(node, Context.ActorSelection(AddressOf(node))));
        copy.Begin(_parts.Count);
        for (int part = 0; part < _parts.Count; part++)
            Ask(part);
    }

    /// <summary>Of a node's name the address, without the number that tells it from others that had the address.</summary>
    private string AddressOf(string node) => $"{node[..node.LastIndexOf('#')]}/user/{NodeNames.NodeOf(ActorNames.Of(pipeline))}";

    private void Ask(int number)
    {
        Part part = _parts[number];
        part.Received.Clear();
        (part.After, part.Tidings) = (copy.After(number), 0);
        if (part.After != long.MaxValue)
            part.Node.Tell(new ViewAsked(_attempt, view, part.After, 0), Self);
    }

    private void OnAnswered(ViewAnswered answered)
    {
        int number = _parts.FindIndex(part => part.Name == answered.Node);
        if (number < 0 || _parts[number] is not { } part || answered.After != part.After || answered.Offset != part.Received.Count)
            return;                                     // it was asked anew meanwhile
        part.Received.AddRange(answered.Bytes);
        part.Tidings = 0;
        if (part.Received.Count < answered.Total)
        {
            part.Node.Tell(new ViewAsked(_attempt, view, part.After, part.Received.Count), Self);
            return;
        }

        copy.Take(number, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(part.Received));
        part.Received.Clear();
        for (int other = 0; other < _parts.Count; other++)
        {
            if (copy.After(other) != _parts[other].After)
                Ask(other);                             // more of this part, and of all if they have to begin anew
        }
    }

    private sealed class Part(string name, ActorSelection node)
    {
        public string Name => name;

        public ActorSelection Node => node;

        /// <summary>As it was asked for last.</summary>
        public long After { get; set; }

        public List<byte> Received { get; } = [];

        /// <summary>How often something was heard of the job since something came.</summary>
        public int Tidings { get; set; }
    }
}
