using System.Runtime.InteropServices;

namespace ActorStreams.Core.State;

/// <summary>Zeroed native memory for tables, aligned to a cache line; very large tables on Linux in large pages, where the system gives them on advice.</summary>
/// <remarks>Asked for as zeroed, not cleared: what comes fresh from the system is zero already, and clearing would go through all of it once more.</remarks>
internal static unsafe partial class TableMemory
{
    private const int CacheLine = 64;
    private const int LargePage = 2 << 20;

    /// <summary>Very large tables only: see the decisions of the kernel for what was measured.</summary>
    private const long LargeFrom = 64L * LargePage;

    /// <summary>MADV_HUGEPAGE of Linux.</summary>
    private const int AdviseLargePages = 14;

    private static bool s_takesAdvice = OperatingSystem.IsLinux();

    public static byte* Allocate(long sizeBytes)
    {
        bool isLarge = sizeBytes >= LargeFrom && s_takesAdvice;
        int alignment = isLarge ? LargePage : CacheLine;
        var block = (byte*)NativeMemory.AllocZeroed((nuint)sizeBytes + (nuint)alignment);
        var memory = (byte*)(((nint)block + alignment) & -(nint)alignment);
        if (isLarge)
            AskForLargePages(memory, sizeBytes);
        ((byte**)memory)[-1] = block;   // there is room in front: blocks are aligned to 16 bytes, or at least to 8
        return memory;
    }

    /// <param name="memory">What <see cref="Allocate"/> gave, or null.</param>
    public static void Free(byte* memory)
    {
        if (memory is not null)
            NativeMemory.Free(((byte**)memory)[-1]);
    }

    private static void AskForLargePages(byte* memory, long sizeBytes)
    {
        try
        {
            _ = Advise(memory, (nuint)(sizeBytes & -LargePage), AdviseLargePages);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            s_takesAdvice = false;
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* memory, nuint length, int advice);
}
