using System.Runtime.InteropServices;

namespace ActorStreams.Core.State;

/// <summary>Zeroed native memory for tables, aligned to a cache line. On Linux large tables are in memory at once, or, if very large, in
/// large pages, where the system takes such advice.</summary>
/// <remarks>
/// Asked for as zeroed, not cleared: what comes fresh from the system is zero already, and clearing would go through all of it once more. A
/// table is read at a place before it is written there, which costs two page faults, one for the page of zeros that all share and one for
/// its own; keys lie everywhere, so every page is needed soon, and all of them at once cost a fraction. Large pages are few, and wait for
/// memory to be tidied up: they come as they are needed.
/// </remarks>
/// <seealso href="https://man7.org/linux/man-pages/man2/madvise.2.html">madvise: MADV_HUGEPAGE, and MADV_POPULATE_WRITE since Linux 5.14.
/// Where either is not known nothing happens.</seealso>
internal static unsafe partial class TableMemory
{
    private const int CacheLine = 64;
    private const int Page = 4096;
    private const int LargePage = 2 << 20;

    /// <summary>Smaller tables may be many, and half empty.</summary>
    private const long PopulateFrom = 1 << 20;

    /// <summary>Very large tables only: see the decisions of the kernel for what was measured.</summary>
    private const long LargeFrom = 64L * LargePage;

    /// <summary>MADV_HUGEPAGE of Linux.</summary>
    private const int AdviseLargePages = 14;

    /// <summary>MADV_POPULATE_WRITE of Linux.</summary>
    private const int AdvisePopulate = 23;

    private static bool s_takesAdvice = OperatingSystem.IsLinux();

    public static byte* Allocate(long sizeBytes)
    {
        bool isLarge = sizeBytes >= LargeFrom && s_takesAdvice;
        int alignment = isLarge ? LargePage : CacheLine;
        var block = (byte*)NativeMemory.AllocZeroed((nuint)sizeBytes + (nuint)alignment);
        var memory = (byte*)(((nint)block + alignment) & -(nint)alignment);
        if (isLarge)
            Advise(memory, sizeBytes, LargePage, AdviseLargePages);
        else if (sizeBytes >= PopulateFrom && s_takesAdvice)
            Advise(memory, sizeBytes, Page, AdvisePopulate);
        ((byte**)memory)[-1] = block;   // there is room in front: blocks are aligned to 16 bytes, or at least to 8
        return memory;
    }

    /// <param name="memory">What <see cref="Allocate"/> gave, or null.</param>
    public static void Free(byte* memory)
    {
        if (memory is not null)
            NativeMemory.Free(((byte**)memory)[-1]);
    }

    /// <summary>Says something of the whole pages in a range.</summary>
    private static void Advise(byte* memory, long sizeBytes, int page, int advice)
    {
        var first = (byte*)(((nint)memory + page - 1) & -(nint)page);
        try
        {
            _ = Advise(first, (nuint)((memory + sizeBytes - first) & -page), advice);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            s_takesAdvice = false;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* memory, nuint length, int advice);
}
