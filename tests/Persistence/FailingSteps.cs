using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Tests;

/// <summary>Does something at the Nth step a store takes after it was armed, once.</summary>
internal sealed class FailingSteps(Action<string> fail) : IStoreFaults
{
    private int _left = -1;

    /// <summary>The step that was failed, or null if there were fewer.</summary>
    public string? Failed { get; private set; }

    public void Arm(int step) => (_left, Failed) = (step, null);

    public void Reach(string step)
    {
        if (_left < 0 || _left-- > 0)
            return;
        Failed = step;
        fail(step);
    }

    /// <summary>Fails as a disk would.</summary>
    public static FailingSteps WithIoError() => new(step => throw new StoreException($"I/O error at '{step}'", isTransient: true));
}
