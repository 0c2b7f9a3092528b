using System.Text.Json;
using ActorStreams.Core.Pipelines;
using ActorStreams.Serving.Access;

namespace ActorStreams.Serving.Rows;

/// <summary>The ingresses of a job, by the names of their sources.</summary>
internal static class ServedIngresses
{
    /// <summary>The names of all sources that are told rows.</summary>
    public static IEnumerable<string> NamesOf(IJob job) => job.Source.Nodes.Where(static node => node is ISourceNode { IsIngress: true })
        .Select(static node => node.Name);

    /// <exception cref="NotThereException">The job has none of that name.</exception>
    public static IServedIngress Of(IJob job, string name, JsonSerializerOptions options)
    {
        StreamNode node = job.Source.Nodes.FirstOrDefault(node => node.Name == name && node is ISourceNode { IsIngress: true })
            ?? throw new NotThereException("source that is told rows", name, NamesOf(job));
        Type row = node.GetType().GetGenericArguments()[0];
        return (IServedIngress)Activator.CreateInstance(typeof(Served<>).MakeGenericType(row), node, options)!;
    }

    private sealed class Served<T>(SourceNode<T> node, JsonSerializerOptions options) : IServedIngress
    {
        public Task TellAsync(IReadOnlyList<JsonElement> rows, CancellationToken cancellation)
        {
            var parsed = new T[rows.Count];
            for (int row = 0; row < parsed.Length; row++)
            {
                try
                {
                    parsed[row] = rows[row].Deserialize<T>(options) ?? throw new JsonException("null is no row.");
                }
                catch (Exception error) when (error is JsonException or NotSupportedException)
                {
                    throw new WrongRequestException(
                        $"Row {row + 1} of {parsed.Length} is no {typeof(T).Name}, so none was told: {error.Message}");
                }
            }

            return ((Ingress<T>)node.Source).TellNowAsync(parsed, cancellation);
        }
    }
}
