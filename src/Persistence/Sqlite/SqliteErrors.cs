using SQLitePCL;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>SQLite's result codes as errors that name the file and the remedy.</summary>
internal static class SqliteErrors
{
    private const int IoFsync = raw.SQLITE_IOERR | (4 << 8), IoDirFsync = raw.SQLITE_IOERR | (5 << 8);
    private const int IoData = raw.SQLITE_IOERR | (32 << 8), IoCorruptFileSystem = raw.SQLITE_IOERR | (33 << 8);

    public static StoreException Of(string path, int extendedCode, string message)
    {
        (string remedy, bool isTransient) = (extendedCode & 0xFF) switch
        {
            raw.SQLITE_FULL =>
                ("The disk is full, or the file has reached its maximum of pages. Nothing was written; free some space, and the same commit succeeds", true),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
                ($"Another process kept the file locked for longer than {nameof(SqliteOptions)}.{nameof(SqliteOptions.BusyTimeout)}", true),
            raw.SQLITE_CORRUPT => ("The file is damaged. Restore it from a backup", false),
            raw.SQLITE_NOTADB =>
                ("The file is not an SQLite database, or its beginning is damaged. Give another path, or restore it from a backup", false),
            raw.SQLITE_CANTOPEN =>
                ("The file cannot be opened. Check that its folder exists, and that this process may write there", false),
            raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH =>
                ("The file cannot be written. Check its permissions, and those of its folder", false),
            // after a failed flush the system may have dropped what was written: going on could commit onto a hole
            raw.SQLITE_IOERR when extendedCode is IoFsync or IoDirFsync or IoData or IoCorruptFileSystem =>
                ("The disk failed. Check it, then start again: what is committed is read back", false),
            raw.SQLITE_IOERR => ("The disk or the file system reported an error. Nothing was written", true),
            raw.SQLITE_NOMEM => ("Memory ran out. Nothing was written", true),
            raw.SQLITE_CONSTRAINT => ("A row breaks a constraint of its table. Nothing was written", false),
            _ => ("Nothing was written", false),
        };
        return new StoreException($"SQLite store '{path}': {message} (code {extendedCode}). {remedy}.", isTransient);
    }
}
