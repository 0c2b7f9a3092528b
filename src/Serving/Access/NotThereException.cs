namespace ActorStreams.Serving.Access;

/// <summary>Nothing has the name that was asked for.</summary>
/// <param name="what">What it would be.</param>
/// <param name="name">The name.</param>
/// <param name="known">The names that there are.</param>
internal sealed class NotThereException(string what, string name, IEnumerable<string> known) : Exception(
    $"There is no {what} '{name}'. There are: {string.Join(", ", known.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}.");
