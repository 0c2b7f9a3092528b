using ActorStreams.Serving.Access;

namespace ActorStreams.Serving.Changes;

/// <summary>Counts clients that follow changes, up to a limit.</summary>
/// <param name="most">The limit.</param>
internal sealed class Subscribers(int most)
{
    private int _count;

    public static TooManyException TooMany(ServingOptions options) => new(
        $"{options.MaxSubscribers} clients follow changes already, as many as there may be ({nameof(ServingOptions.MaxSubscribers)}).");

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= most)
            return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
