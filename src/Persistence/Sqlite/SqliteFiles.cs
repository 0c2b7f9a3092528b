namespace ActorStreams.Persistence.Sqlite;

/// <summary>The files of an open database: whether those at its path are still the ones that are open.</summary>
/// <remarks>
/// Where a file can be deleted while it is open, its writer goes on writing to what nobody can find any more, and every commit succeeds. So
/// each commit looks, before it is confirmed, whether the files are there, are the same (device and inode), and have not been emptied. On
/// Windows an open file cannot be deleted or replaced. Used on the writer's thread.
/// </remarks>
internal sealed class SqliteFiles(string path)
{
    private const int SmallestPageBytes = 512;
    private static readonly string[] s_suffixes = ["", "-wal", "-shm"];
    private readonly FileIdentity?[] _opened = new FileIdentity?[s_suffixes.Length];

    /// <summary>Takes note of the files that the connection has opened just now.</summary>
    public void Opened()
    {
        for (int i = 0; i < s_suffixes.Length; i++)
            _opened[i] = FileIdentity.Of(path + s_suffixes[i]);
    }

    /// <summary>A connection that was given up is opened again: the log may have gone with it, the database must not.</summary>
    public void CheckBeforeReopening()
    {
        if (_opened[0] is not null)
            Check(0);
    }

    /// <exception cref="StoreLostException">They are not there, or not the same.</exception>
    public void Check()
    {
        for (int i = 0; i < s_suffixes.Length; i++)
            Check(i);
    }

    private void Check(int index)
    {
        string file = path + s_suffixes[index];
        FileIdentity? now = FileIdentity.Of(file);
        if (_opened[index] is { } opened)
        {
            if (now is null)
                throw Lost(file, Directory.Exists(Path.GetDirectoryName(path)) ? "was deleted or moved" : "was deleted with its folder");
            if (!now.Value.IsSameFile(opened))
                throw Lost(file, "was replaced by another file");
            if (index == 0 && now.Value.SizeBytes < SmallestPageBytes && opened.SizeBytes >= SmallestPageBytes)
                throw Lost(file, "was emptied");   // a file that only got smaller may have been vacuumed by somebody
        }

        _opened[index] = now;
    }

    private StoreLostException Lost(string file, string what) => new(
        $"SQLite store '{path}': the file '{file}' {what} while the store was open. What is committed since is in no file that can be found, so the job ends here. " +
        "Put the store's file back as it was, or restore it from a backup, and start again; remove or replace a store only while nothing has it open.");
}
