using System.Diagnostics.CodeAnalysis;

namespace ActorStreams.Operators.Stateless;

/// <summary>The calls that an actor has under way. Each ends once, by its result, its error or its deadline, and wakes the actor
/// then.</summary>
/// <param name="queue">The order in which they are put out.</param>
/// <param name="timeout">How long each may take.</param>
/// <param name="context">The actor.</param>
internal sealed class CallsUnderWay<TIn, TOut>(CallQueue<TIn, TOut> queue, TimeSpan timeout, StageContext context)
{
    private readonly CallDeadlines<TIn, TOut> _deadlines = new(timeout, context);

    /// <summary>The calls and the watermarks between them.</summary>
    public CallQueue<TIn, TOut> Queue => queue;

    public int Count => queue.Count;

    public void Add(AsyncCall<TIn, TOut> call)
    {
        queue.Add(call);
        _deadlines.Add(call);
    }

    /// <summary>Waits for the end of a call that was added. After the await this is not the actor's turn.</summary>
    public async Task AwaitAsync(AsyncCall<TIn, TOut> call, ValueTask<TOut> result)
    {
        try
        {
            TOut value = await result;
            if (!call.TryReturn(value))
                return;
        }
        catch (Exception error)
        {
            if (!call.TryFail(error))
                return;
        }

        queue.OnReturned(call);
        context.Inbox.Wake();
    }

    /// <summary>Ends those whose time is over.</summary>
    public void CheckDeadlines() => _deadlines.Check(queue);

    /// <summary>The next call that is over and whose turn has come.</summary>
    public bool TryTake([NotNullWhen(true)] out AsyncCall<TIn, TOut>? call)
    {
        if (!queue.TryTake(out call))
            return false;
        _deadlines.Remove(call);
        return true;
    }

    public ValueTask CloseAsync() => _deadlines.CloseAsync();
}
