@echo off
rem Makes the environment, installs what is missing and runs the bot, or the demo as long as there is no token.
rem launch.bat check  and so on pass the command on.
setlocal
cd /d "%~dp0"
set "PY=.venv\Scripts\python.exe"

if exist "%PY%" goto install
set "FOUND="
for %%P in ("py -3" "python" "python3") do if not defined FOUND call :try %%~P
if not defined FOUND (
    echo Easel needs Python 3.11 or newer: https://www.python.org/downloads/
    goto failed
)
echo Making the environment in .venv ...
%FOUND% -m venv .venv || goto failed

:install
fc /b requirements.lock .venv\installed.lock >nul 2>&1 && goto run
echo Installing ...
"%PY%" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock || goto failed
copy /y requirements.lock .venv\installed.lock >nul

:run
if not "%~1"=="" (
    "%PY%" -m bot %*
    goto ended
)
rem 3 = the settings are fine and have no token. With mistakes in them the bot itself says which.
"%PY%" -c "import os, pathlib, sys; from config.settings import load; sys.exit(3 if load(os.environ, pathlib.Path.cwd()).discord_token is None else 0)" 2>nul
if %errorlevel%==3 (
    echo There is no DISCORD_TOKEN yet, so this is the demo. Put one into .env for Discord, see .env.example.
    "%PY%" -m bot demo
) else (
    "%PY%" -m bot run
)

:ended
set "CODE=%errorlevel%"
rem A window that was opened by a double click stays, so that what went wrong can be read.
if not "%CODE%"=="0" pause
exit /b %CODE%

:try
%* -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>&1 && set "FOUND=%*"
exit /b 0

:failed
echo That did not work. The lines above say why.
pause
exit /b 69
