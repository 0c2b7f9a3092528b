using System.Text.Json;
using ActorStreams.Serving.Access;

namespace ActorStreams.Serving.Views;

/// <summary>The materialised tables of a job, by name.</summary>
internal static class ServedViews
{
    private const string Materialized = "materialize";

    /// <summary>The names of all of them.</summary>
    public static IEnumerable<string> NamesOf(IJob job) => job.Source.Nodes.Where(static node => node.Kind == Materialized)
        .Select(static node => node.Name);

    /// <exception cref="NotThereException">The job has none of that name.</exception>
    public static IServedView Of(IJob job, string name, JsonSerializerOptions options)
    {
        if (!NamesOf(job).Contains(name, StringComparer.Ordinal) || job.Source.View(name) is not var (hub, _))
            throw new NotThereException("view", name, NamesOf(job));
        Type served = typeof(Maker<,>).MakeGenericType(hub.GetType().GetGenericArguments());
        return ((IMaker)Activator.CreateInstance(served)!).Make(job, name, options);
    }

    private interface IMaker
    {
        IServedView Make(IJob job, string name, JsonSerializerOptions options);
    }

    private sealed class Maker<TKey, TValue> : IMaker
    {
        public IServedView Make(IJob job, string name, JsonSerializerOptions options) =>
            new ServedView<TKey, TValue>(job.Table<TKey, TValue>(name), options);
    }
}
