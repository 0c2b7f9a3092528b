namespace ActorStreams.Benchmarks.Harness;

/// <summary>A folder for the files of a run, gone with it. On the disk of the system's temporary folder: make sure that is a real
/// one.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("actorstreams-benchmark-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
