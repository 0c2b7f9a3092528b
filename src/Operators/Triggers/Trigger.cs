using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams;

/// <summary>Says when the panes of a window come out: a description, made and composed by <see cref="TriggerKinds"/>, immutable.</summary>
/// <remarks>
/// Its state is kept per key and window. A trigger that has finished closes the window: rows that still come for it are dropped silently
/// (counted as <c>closed_dropped</c>). Whatever the trigger, a window that expires with rows that no pane has shown gives a last pane.
/// </remarks>
public abstract record Trigger
{
    private protected Trigger()
    {
    }

    /// <summary>This one again and again: it starts anew each time it has finished, and never finishes.</summary>
    public Trigger Repeatedly() => new RepeatedlyTrigger(this);

    /// <summary>This one until another is ready, which fires once more and finishes.</summary>
    /// <param name="until">Keeps its progress when this one fires.</param>
    public Trigger OrFinally(Trigger until)
    {
        ArgumentNullException.ThrowIfNull(until);
        return new OrFinallyTrigger(this, until);
    }

    /// <summary>The state machine of it.</summary>
    internal abstract TriggerNode Build(TriggerBuild build);
}
