using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Regions;

/// <summary>The one loop of every part that can stop in the middle of its output: here it fires, is suspended, is cut by a barrier, and
/// goes on.</summary>
/// <remarks>
/// <para>The life of a firing, in order: the watermark advances; the part fires piece by piece; whenever there is a chunk of output it is
/// sent; once nothing is due any more the rest is sent, and then the watermark is told downstream.</para>
/// <para>Where output takes no more, the part is suspended, and goes on from its own state when it is resumed. Where a barrier waits, or
/// may be coming, what was made is sent and the actor yields: then the barrier may cut in between two pieces. What is due and has not been
/// fired is part of the state, and is fired after the barrier.</para>
/// <para>The part itself is handed in with each call, so that the loop can be made before it. It is called once for each piece, never for
/// each row.</para>
/// </remarks>
/// <param name="context">The actor.</param>
/// <param name="output">What the part puts out.</param>
internal sealed class FiringLoop(StageContext context, IUnsent output)
{
    /// <summary>Whether output is left to be made or to be sent.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>Whether the watermark has advanced and was not told downstream yet: what it makes due is to be fired.</summary>
    public bool IsAdvancing { get; private set; }

    /// <summary>A row that was made has left the state: no barrier passes before it is sent, or a crash would lose it. The part may have
    /// further reasons.</summary>
    public bool CanCut => output.IsEmpty;

    /// <summary>Asked between two steps of a piece after which the state may be cut: whether to end the piece here. Not to be asked for
    /// each row.</summary>
    public bool MustStop => context.MustYield || context.WantsBreath || context.WantsCut;

    /// <summary>The watermark has advanced: fires what is due, then tells downstream.</summary>
    public void Advance(IFiring part)
    {
        IsAdvancing = true;
        Continue(part);
    }

    /// <summary>The same once the part is resumed: before any row, if it has just been opened.</summary>
    public void AdvanceLater() => IsSuspended = IsAdvancing = true;

    /// <summary>Rows are left that the part could not take yet.</summary>
    public void Suspend() => IsSuspended = true;

    /// <summary>Sends what rows have become; what cannot go out now is sent when the part is resumed.</summary>
    public void SendOrSuspend()
    {
        if (!output.Send())
            IsSuspended = true;
    }

    /// <summary>Goes on until nothing is due any more, until output takes no more, or until a barrier may cut in.</summary>
    public void Continue(IFiring part)
    {
        IsSuspended = true;
        if (!output.Send())
            return;
        while (part.Fire() is var fired and not Fired.All)
        {
            if (fired == Fired.Stopped || (output.IsFull && !output.Send()) || context.MustYield)
                return;
            if (!context.WantsBreath && !context.WantsCut)
                continue;
            if (output.Send())
                context.Yield();
            return;
        }

        if (!output.Send())
            return;
        IsSuspended = false;
        if (!IsAdvancing)
            return;
        IsAdvancing = false;
        part.OnFired();
    }
}

/// <summary>What differs between the parts that run a <see cref="FiringLoop"/>.</summary>
internal interface IFiring
{
    /// <summary>Fires one piece of what is due: until output is full at most, and no more than a barrier can wait for.</summary>
    Fired Fire();

    /// <summary>Everything that the watermark has made due is fired and sent: tells downstream the watermark.</summary>
    void OnFired();
}

/// <summary>How a piece of firing has ended.</summary>
internal enum Fired
{
    /// <summary>Nothing is due any more.</summary>
    All,

    /// <summary>More may be due. The state may be cut here, once output is sent.</summary>
    Some,

    /// <summary>Output takes no more, or others are to have their turn, in the middle of something.</summary>
    Stopped,
}

/// <summary>Rows that a part has made and not sent yet.</summary>
internal interface IUnsent
{
    /// <summary>Whether there are none.</summary>
    bool IsEmpty { get; }

    /// <summary>Whether there is a chunk to send.</summary>
    bool IsFull { get; }

    /// <summary>Sends them, unless the actor must yield.</summary>
    /// <returns>Whether everything is out and more may follow.</returns>
    bool Send();
}
