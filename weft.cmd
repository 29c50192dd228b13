@echo off
rem Builds what a command needs, then runs it: weft quickstart, weft generate MODEL "text", weft --help.
rem weft native [FOLDER] compiles the tool into one file of machine code for this machine's processor, artifacts\native\weft.exe where no folder is given.
rem weft test [PROJECT] builds everything and runs the tests, all or those of tests\Weft.PROJECT.Tests.
setlocal
set "ROOT=%~dp0"
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_NOLOGO=1
set WEFT_COMMAND=weft

where dotnet >nul 2>nul || (
    echo error: no 'dotnet' on the PATH; install the .NET 10 SDK, see https://dotnet.microsoft.com/download 1>&2
    exit /b 1
)

if /i "%~1"=="test" goto test
if /i "%~1"=="native" goto native
if /i "%~1"=="train" goto train
if /i "%~1"=="quickstart" goto train
if /i "%~1"=="bench-train" goto train
if /i "%~1"=="plan-memory" goto train
call :build Weft.Cli || exit /b 1
dotnet "%ROOT%src\Weft.Cli\bin\Release\net10.0\weft.dll" %*
exit /b %ERRORLEVEL%

:train
rem What weft does with these commands, without waiting for weft itself to be built.
call :build Weft.Cli.Train || exit /b 1
if not defined OMP_WAIT_POLICY set OMP_WAIT_POLICY=passive
dotnet "%ROOT%src\Weft.Cli.Train\bin\Release\net10.0\weft-train.dll" %*
exit /b %ERRORLEVEL%

:test
pushd "%ROOT%"
if "%~2"=="" (
    dotnet test --solution Weft.slnx -c Release --max-parallel-test-modules 1 --no-progress
) else (
    dotnet test --project "tests\Weft.%~2.Tests" -c Release --no-progress
)
set RESULT=%ERRORLEVEL%
popd
exit /b %RESULT%

:native
set "FOLDER=%~2"
if "%FOLDER%"=="" set "FOLDER=%ROOT%artifacts\native"
dotnet publish "%ROOT%src\Weft.Cli" -c Release --use-current-runtime -p:PublishAot=true -p:CopyOutputSymbolsToPublishDirectory=false -p:AllowedReferenceRelatedFileExtensions=.none -v q -nologo -o "%FOLDER%" || exit /b 1
echo %FOLDER%\weft.exe
exit /b 0

:build
rem The build itself finds out what has changed.
pushd "%ROOT%"
dotnet build "src\%1" -c Release -v q -nologo -clp:NoSummary 1>&2
set RESULT=%ERRORLEVEL%
popd
if not %RESULT%==0 echo error: the build of %1 failed; the messages are above 1>&2
exit /b %RESULT%
