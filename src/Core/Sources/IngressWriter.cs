namespace ActorStreams.Core.Sources;

/// <summary>Somebody who hands many rows to an <see cref="Ingress{T}"/> and asks once whether all of them are durable.</summary>
/// <remarks>All under the lock of the ingress.</remarks>
internal sealed class IngressWriter
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _pending;
    private bool _isComplete;

    /// <summary>Completes when no more rows are handed over and all of them are durable; fails with the job that should have made them
    /// so.</summary>
    public Task Ended => _ended.Task;

    public void OnHanded() => _pending++;

    /// <summary>One of its rows is durable.</summary>
    public void OnDurable()
    {
        _pending--;
        CheckEnded();
    }

    public void Complete()
    {
        _isComplete = true;
        CheckEnded();
    }

    public void Fail(Exception error) => _ended.TrySetException(error);

    private void CheckEnded()
    {
        if (_isComplete && _pending == 0)
            _ended.TrySetResult();
    }
}
