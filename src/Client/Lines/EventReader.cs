using System.Text.Json;

namespace ActorStreams.Client.Lines;

/// <summary>Reads server-sent events.</summary>
/// <seealso href="https://html.spec.whatwg.org/multipage/server-sent-events.html">The format.</seealso>
internal sealed class EventReader(StreamReader lines)
{
    /// <summary>The next event; null: the line has ended. An event that is cut off is none.</summary>
    /// <param name="isAlive">Called for each line of text, also for signs of life that are no event.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<JsonElement?> NextAsync(Action isAlive, CancellationToken cancellation)
    {
        string data = "";
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            isAlive();
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line[6..];
            }
            else if (line.Length == 0 && data.Length > 0)
            {
                using JsonDocument document = JsonDocument.Parse(data);
                return document.RootElement.Clone();
            }
        }

        return null;
    }
}
