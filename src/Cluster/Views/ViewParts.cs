using ActorStreams.Core.Pipelines;
using Akka.Actor;

namespace ActorStreams.Cluster.Views;

/// <summary>On a node: the parts of views that its instances keep, for the nodes that copy them. Of one attempt, also after its end: those
/// who read a job that has ended still see its last epoch.</summary>
/// <remarks>One piece is on its way to each asker at a time, so that a large table delays nothing else. In turns of the node's
/// actor.</remarks>
/// <param name="attempt">The attempt.</param>
/// <param name="node">The node's name.</param>
/// <param name="views">What its instances keep.</param>
/// <param name="self">The node's actor.</param>
internal sealed class ViewParts(long attempt, string node, JobViews views, IActorRef self)
{
    private const int PieceBytes = 64 * 1024;

    private readonly Dictionary<(IActorRef Asker, string View), Answer> _answers = [];
    private readonly HashSet<ISharedView> _observed = [];
    private bool _hasEnded;

    public long Attempt => attempt;

    /// <summary>Answers once there is something to answer.</summary>
    public async Task AnswerAsync(ViewAsked asked, IActorRef asker)
    {
        if (!views.TryGet(asked.View, out object? view))
        {
            asker.Tell(new ViewAnswered(attempt, asked.View, node, asked.After, 0, 0, []), self);
            return;
        }

        if (asked.Offset == 0 && _answers.TryGetValue((asker, asked.View), out Answer? last) && last.After == asked.After)
        {
            if (last.Bytes.Length == 0)
                return;                                 // it is asked again, and still waits
        }
        else if (asked.Offset == 0)
        {
            var answer = new Answer(asked.After);
            _answers[(asker, asked.View)] = answer;
            if (!await PrepareAsync((ISharedView)view, answer) || _answers.GetValueOrDefault((asker, asked.View)) != answer)
                return;                                 // it has asked anew meanwhile
        }

        if (_answers.TryGetValue((asker, asked.View), out Answer? known) && known.After == asked.After && asked.Offset < known.Bytes.Length)
        {
            int count = Math.Min(PieceBytes, known.Bytes.Length - asked.Offset);
            asker.Tell(new ViewAnswered(attempt, asked.View, node, asked.After, asked.Offset, known.Bytes.Length,
                known.Bytes.AsSpan(asked.Offset, count).ToArray()), self);
        }
    }

    /// <summary>Another attempt begins, or the node takes part no more.</summary>
    public void End()
    {
        _hasEnded = true;
        foreach (ISharedView view in _observed)
        {
            view.RemoveObserver();
            view.Wake();
        }
    }

    private async Task<bool> PrepareAsync(ISharedView view, Answer answer)
    {
        if (_observed.Add(view))
            view.AddObserver();
        while (view.Epoch <= answer.After && !_hasEnded)
            await view.WaitAsync(answer.After);
        if (_hasEnded)
            return false;
        var writer = new BlobWriter();
        view.Write(answer.After, writer);
        answer.Bytes = writer.ToArray();
        return true;
    }

    private sealed class Answer(long after)
    {
        public long After => after;

        public byte[] Bytes { get; set; } = [];
    }
}
