using System.Reactive.Disposables;

namespace ActorStreams.Benchmarks.Workloads;

/// <summary>The rows as an observable with one observer: the cheapest source there is, a loop of OnNext on the caller's thread.</summary>
/// <remarks>It runs after subscribing, as a live source does: an operator with a second input (Window) subscribes to that one
/// last.</remarks>
internal sealed class BidObservable(Bid[] bids) : IObservable<Bid>
{
    private IObserver<Bid>? _observer;

    public IDisposable Subscribe(IObserver<Bid> observer)
    {
        _observer = _observer is null ? observer : throw new InvalidOperationException("These rows have one observer.");
        return Disposable.Empty;
    }

    public void Run()
    {
        IObserver<Bid> observer = _observer ?? throw new InvalidOperationException("Nothing has subscribed.");
        foreach (ref readonly Bid bid in bids.AsSpan()) observer.OnNext(bid);
        observer.OnCompleted();
    }
}
