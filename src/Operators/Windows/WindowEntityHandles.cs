namespace ActorStreams;

/// <summary>Handles of what window operators keep.</summary>
public static class WindowEntityHandles
{
    /// <summary>The windows that are open for a key, with what they hold so far: a handle for <c>job.Entity(handle, key)</c>.</summary>
    /// <param name="results">What the window operator puts out.</param>
    public static EntityHandle<TKey, IReadOnlyList<WindowResult<TKey, TResult>>> OpenWindows<TKey,
        TResult>(this Stream<WindowResult<TKey, TResult>> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return results.EntitiesOf<TKey, IReadOnlyList<WindowResult<TKey, TResult>>>();
    }
}
