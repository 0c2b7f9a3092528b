using System.Text.Json;

namespace ActorStreams.Client.Lines;

/// <summary>What an answer says that is none: a problem (RFC 9457), or the text of somebody between.</summary>
internal static class Refusal
{
    public static async Task<StreamsClientException> OfAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        string text = await answer.Content.ReadAsStringAsync(cancellation);
        try
        {
            using JsonDocument problem = JsonDocument.Parse(text);
            text = problem.RootElement.GetProperty("detail").GetString() ?? text;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // it is no problem: its text as it is
        }

        return new StreamsClientException(answer.StatusCode, $"{(int)answer.StatusCode} {answer.StatusCode}: {text}");
    }
}
