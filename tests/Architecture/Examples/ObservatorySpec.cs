using Microsoft.AspNetCore.Builder;
using Observatory;

namespace ActorStreams.Architecture.Tests.Examples;

/// <summary>The observatory's map and views, as a browser asks for them.</summary>
public sealed class ObservatorySpec
{
    [Fact]
    public async Task The_map_follows_the_earthquakes_that_people_feel()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("observatory-");
        try
        {
            await using WebApplication app = ObservatoryServer.Build(
                ["--urls", "http://127.0.0.1:0", "--rate", "1000000", "--store", Path.Combine(folder.FullName, "observatory.db"),
                    "--Logging:LogLevel:Default", "None"]);
            await app.StartAsync();
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            Assert.Contains("/streams/jobs/observatory/views/felt/changes", await client.GetStringAsync(new Uri("/", UriKind.Relative)),
                StringComparison.Ordinal);

            // All rows are read soon, and the line ends with the job.
            var felt = new HashSet<string>(StringComparer.Ordinal);
            using var reader = new StreamReader(await client.GetStreamAsync(new Uri("/streams/jobs/observatory/views/felt/changes",
                UriKind.Relative)));
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains("\"key\":", StringComparison.Ordinal))
                    felt.Add(System.Text.Json.JsonDocument.Parse(line[6..]).RootElement.GetProperty("key").GetString()!);
            }

            Assert.Equal(128, felt.Count);
            Assert.Contains("\"us\"", await client.GetStringAsync(new Uri("/streams/jobs/observatory/views/by-network", UriKind.Relative)),
                StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
